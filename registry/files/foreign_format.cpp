#include "registry/files/foreign_format.h"

#include <array>
#include <cctype>

#include "registry/text/affixes.h"

namespace longtail {
namespace {

using std::string_view_literals::operator""sv;

struct Format {
  std::string_view start;
  const char* told;
};

constexpr std::array<Format, 10> kFormats{{
    {"version https://git-lfs"sv, "this is a pointer of Git LFS, not the file itself; fetch it with 'git lfs pull'"},
    {"\x1f\x8b"sv, "this is compressed by gzip; unpack it with 'gunzip'"},
    {"BZh"sv, "this is compressed by bzip2; unpack it with 'bunzip2'"},
    {"\xfd\x37zXZ\0"sv, "this is compressed by xz; unpack it with 'unxz'"},
    {"\x28\xb5\x2f\xfd"sv, "this is compressed by Zstandard; unpack it with 'unzstd'"},
    {"PK\3\4"sv, "this is a zip archive; unpack it and name the file in it"},
    {"\xff\xfe\0\0"sv, "this is text in UTF-32; save it as UTF-8"},  // before UTF-16, whose mark it begins with
    {"\0\0\xfe\xff"sv, "this is text in UTF-32; save it as UTF-8"},
    {"\xff\xfe"sv, "this is text in UTF-16; save it as UTF-8"},
    {"\xfe\xff"sv, "this is text in UTF-16; save it as UTF-8"},
}};

/// UTF-16 without a byte order mark: every other byte of plain text is zero.
bool looks_like_utf16(std::string_view bytes) {
  const auto is_text = [](char c) { return (c >= ' ' && c < 0x7f) || c == '\n' || c == '\r' || c == '\t'; };
  if (bytes.size() < 4) return false;
  const bool little = is_text(bytes[0]) && bytes[1] == 0 && is_text(bytes[2]) && bytes[3] == 0;
  const bool big = bytes[0] == 0 && is_text(bytes[1]) && bytes[2] == 0 && is_text(bytes[3]);
  return little || big;
}

/// POSIX's and GNU's; the zero byte tells it from text that has the word there.
bool is_tar(std::string_view bytes) {
  constexpr std::size_t kMagic = 257;
  if (bytes.size() < kMagic) return false;
  bytes = bytes.substr(kMagic);
  return starts_with(bytes, "ustar\0"sv) || starts_with(bytes, "ustar  \0"sv);
}

/// An error page that was saved in place of what it was about.
bool looks_like_html(std::string_view bytes) {
  bytes = without_byte_order_mark(bytes);
  const std::size_t first = bytes.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return false;
  std::string start(bytes.substr(first, 14));
  for (char& c : start) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return starts_with(start, "<!doctype html") || starts_with(start, "<html");
}

}  // namespace

std::string_view without_byte_order_mark(std::string_view text) {
  return starts_with(text, "\xEF\xBB\xBF") ? text.substr(3) : text;
}

std::string foreign_format(std::string_view bytes) {
  for (const Format& format : kFormats) {
    if (starts_with(bytes, format.start)) return format.told;
  }
  if (is_tar(bytes)) return "this is a tar archive; unpack it with 'tar -xf' and name the file in it";
  if (looks_like_utf16(bytes)) return "this is text in UTF-16; save it as UTF-8";
  if (looks_like_html(bytes)) return "this is a page of HTML, an error page perhaps; download the file again";
  return {};
}

}  // namespace longtail
