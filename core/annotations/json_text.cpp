#include "core/annotations/json_text.h"

#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>

#include "core/io/gzip.h"
#include "registry/files/foreign_format.h"
#include "registry/text/affixes.h"

namespace longtail {
namespace {

using namespace std::string_view_literals;

constexpr const char* kPicture = "a picture; name a JSON file";
constexpr const char* kPickle = "a pickle of Python; write it with json.dump";

struct Format {
  std::string_view beginning;
  const char* what;
};
/// What is taken for JSON beside what foreign_format() knows.
constexpr Format kFormats[] = {
    {"7z\xbc\xaf"sv, "a 7-zip archive; unpack it and name the JSON file that is in it"},
    {"\x80\x02"sv, kPickle},
    {"\x80\x03"sv, kPickle},
    {"\x80\x04"sv, kPickle},
    {"\x80\x05"sv, kPickle},
    {"\x93NUMPY"sv, "an array of NumPy; write it as JSON"},
    {"\x89PNG"sv, kPicture},
    {"\xff\xd8\xff"sv, kPicture},
    {"%PDF"sv, "a PDF; name a JSON file"},
    {"\xEF\xBB\xBF"sv, "text behind two byte order marks; save it as UTF-8 with one or none"},  // one has been taken
    {"\0\0"sv, "full of zero bytes: a download or a disk failed; copy it again"},
    {"<"sv, "XML or HTML, not JSON; annotations in XML have to be converted to COCO's JSON format"},
};

void refuse_other_formats(std::string_view bytes, const std::string& path) {
  if (const std::string foreign = foreign_format(bytes); !foreign.empty()) {
    throw DataError(fmt::format("{}: {}", path, foreign));
  }
  const std::string_view text = bytes.substr(std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size()));
  for (const Format& format : kFormats) {
    if (starts_with(text, format.beginning)) throw DataError(fmt::format("{}: is {}", path, format.what));
  }
}

}  // namespace

JsonText::JsonText(const std::string& path) : file_(MappedFile::open(path)), bytes_(file_->bytes()) {
  if (is_gzip(bytes_)) {
    unpacked_ = std::make_shared<const std::string>(gunzip(bytes_, path));
    bytes_ = *unpacked_;
  }
  begin_ = bytes_.size() - without_byte_order_mark(bytes_).size();
  refuse_other_formats(bytes_.substr(begin_), path);
}

void JsonText::release(std::size_t begin, std::size_t end) const {
  if (!unpacked_) file_->release(begin, end);
}

}  // namespace longtail
