#include "core/data/text_file.h"

#include <fmt/format.h>
#include <longtail/error.h>

#include <cstdint>

#include "registry/files/foreign_format.h"
#include "registry/files/input_file.h"

namespace longtail {

std::string read_text(const std::string& file, std::string_view what, std::string_view remedy) {
  constexpr std::uint64_t kMaxBytes = std::uint64_t{4} << 30;  // tens of millions of lines
  std::string text, problem;
  if (!read_input(file, kMaxBytes, text, problem)) {
    if (InputFile(file).is_missing()) throw DataError(fmt::format("{}: {} does not exist; {}", file, what, remedy));
    throw DataError(fmt::format("{}: {} cannot be read: {}", file, what, problem));
  }
  const std::string foreign = foreign_format(text);
  if (!foreign.empty()) throw DataError(fmt::format("{}: {} cannot be read: {}", file, what, foreign));
  if (text.find('\0') != std::string::npos) {
    throw DataError(fmt::format("{}: {} cannot be read: this is no text; {}", file, what, remedy));
  }
  if (const std::size_t mark = text.size() - without_byte_order_mark(text).size(); mark > 0) text.erase(0, mark);
  return text;
}

}  // namespace longtail
