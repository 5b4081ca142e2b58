#include "registry/config/yaml_source.h"

#include <algorithm>

namespace longtail {
namespace {

constexpr std::size_t kStep = 64;

bool is_start(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

}  // namespace

YamlSource::YamlSource(std::string_view text, const std::string& file)
    : text_(text), file_(std::make_shared<const std::string>(file)) {
  std::size_t start = 0;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', start)) {
    lines_.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  if (start < text.size() || lines_.empty()) lines_.push_back(text.substr(start));

  std::uint32_t characters = 0;
  counted_.reserve(text.size() / kStep + 1);
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i % kStep == 0) counted_.push_back(characters);
    if (i < text.size() && is_start(text[i])) ++characters;
  }
}

std::size_t YamlSource::characters_before(std::size_t byte) const {
  const std::size_t from = byte / kStep * kStep;
  const std::string_view some = text_.substr(from, byte - from);
  return counted_[byte / kStep] + static_cast<std::size_t>(std::count_if(some.begin(), some.end(), is_start));
}

Mark YamlSource::mark(int line, int column) const {
  if (line < 0) return {file_, 0, 0};
  const std::string_view bytes = at(line);
  const std::size_t wanted = static_cast<std::size_t>(std::max(column, 0));
  const std::size_t inside = std::min(wanted, bytes.size());
  std::size_t characters = wanted - inside;  // beyond the end of the line
  if (inside > 0) {
    const std::size_t begin = static_cast<std::size_t>(bytes.data() - text_.data());
    characters += characters_before(begin + inside) - characters_before(begin);
  }
  return {file_, line + 1, static_cast<int>(characters) + 1};
}

std::string_view YamlSource::rest(const YAML::Mark& mark) const {
  const std::string_view line = at(mark.line);
  return line.substr(std::min(line.size(), static_cast<std::size_t>(std::max(mark.column, 0))));
}

bool YamlSource::closes_quote(const YAML::Mark& mark) const {
  std::string_view line = rest(mark);
  if (line.empty() || (line[0] != '\'' && line[0] != '"')) return true;
  const char quote = line[0];
  line.remove_prefix(1);
  for (int next = mark.line + 1;; ++next) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '\\' && quote == '"')
        ++i;
      else if (line[i] == quote && quote == '\'' && line.substr(i + 1, 1) == "'")
        ++i;
      else if (line[i] == quote)
        return true;
    }
    if (static_cast<std::size_t>(next) >= lines_.size()) return false;
    line = at(next);
  }
}

std::string_view YamlSource::at(int line) const {
  const bool inside = line >= 0 && static_cast<std::size_t>(line) < lines_.size();
  return inside ? lines_[static_cast<std::size_t>(line)] : std::string_view();
}

}  // namespace longtail
