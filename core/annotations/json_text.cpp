#include "core/annotations/json_text.h"

#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>

#include "core/io/gzip.h"
#include "core/system/text.h"

namespace longtail {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr const char* kUtf16 = "UTF-16 or UTF-32 text; save it as UTF-8 (iconv -f UTF-16 -t UTF-8 OLD > NEW)";
constexpr const char* kPicture = "a picture; name a JSON file";
constexpr const char* kPickle = "a pickle of Python; write it with json.dump";

struct Format {
  std::string_view beginning;
  const char* what;
};
constexpr Format kFormats[] = {
    {"\xff\xfe"sv, kUtf16},
    {"\xfe\xff"sv, kUtf16},
    {"{\0"sv, kUtf16},
    {"[\0"sv, kUtf16},
    {"\0{"sv, kUtf16},
    {"\0["sv, kUtf16},
    {"version https://git-lfs"sv, "a pointer of Git LFS, not the file itself; fetch that with: git lfs pull"},
    {"PK\x03\x04"sv, "a zip archive; unpack it and name the JSON file that is in it"},
    {"BZh"sv, "packed with bzip2; unpack it (bunzip2), or pack it with gzip"},
    {"\xfd\x37zXZ"sv, "packed with xz; unpack it (unxz), or pack it with gzip"},
    {"\x28\xb5\x2f\xfd"sv, "packed with zstd; unpack it (unzstd), or pack it with gzip"},
    {"7z\xbc\xaf"sv, "a 7-zip archive; unpack it and name the JSON file that is in it"},
    {"\x80\x02"sv, kPickle},
    {"\x80\x03"sv, kPickle},
    {"\x80\x04"sv, kPickle},
    {"\x80\x05"sv, kPickle},
    {"\x93NUMPY"sv, "an array of NumPy; write it as JSON"},
    {"\x89PNG"sv, kPicture},
    {"\xff\xd8\xff"sv, kPicture},
    {"%PDF"sv, "a PDF; name a JSON file"},
    {"\0\0"sv, "full of zero bytes: a download or a disk failed; copy it again"},
};

/// What a text that begins with '<' is.
const char* markup(std::string_view text) {
  if (starts_with(text, "<?xml") || starts_with(text, "<annotation")) {
    return "XML, not JSON; convert it to COCO's JSON format";
  }
  return "a web page (HTML), not JSON: the server answered with it; download the file itself";
}

void refuse_other_formats(std::string_view bytes, const std::string& path) {
  const auto fail = [&](const char* what) { throw DataError(fmt::format("{}: is {}", path, what)); };
  for (const Format& format : kFormats) {
    if (starts_with(bytes, format.beginning)) fail(format.what);
  }
  const std::size_t first = std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size());
  if (starts_with(bytes.substr(first), "<")) fail(markup(bytes.substr(first)));
}

}  // namespace

JsonText::JsonText(const std::string& path) : file_(MappedFile::open(path)), bytes_(file_->bytes()) {
  if (is_gzip(bytes_)) {
    unpacked_ = std::make_shared<const std::string>(gunzip(bytes_, path));
    bytes_ = *unpacked_;
  }
  if (starts_with(bytes_, kByteOrderMark)) begin_ = kByteOrderMark.size();
  refuse_other_formats(bytes_.substr(begin_), path);
}

void JsonText::release(std::size_t begin, std::size_t end) const {
  if (!unpacked_) file_->release(begin, end);
}

}  // namespace longtail
