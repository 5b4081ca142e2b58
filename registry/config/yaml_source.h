#pragma once

#include <longtail/config/node.h>
#include <yaml-cpp/mark.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace longtail {

/// A YAML text with its lines, and marks whose columns count characters rather than bytes. The text must outlive it.
class YamlSource {
 public:
  YamlSource(std::string_view text, const std::string& file);

  /// From a line and a byte column that count from 0.
  Mark mark(int line, int column) const;
  Mark mark(const YAML::Mark& mark) const { return this->mark(mark.line, mark.column); }

  /// The text from `mark` to the end of its line.
  std::string_view rest(const YAML::Mark& mark) const;
  const std::vector<std::string_view>& lines() const { return lines_; }

  /// False where quoted text begins at `mark` and runs to the end of the file, which yaml-cpp accepts.
  bool closes_quote(const YAML::Mark& mark) const;

 private:
  std::string_view at(int line) const;
  /// Characters before a byte of the text. A line may be all of the file, so nothing is counted from its start.
  std::size_t characters_before(std::size_t byte) const;

  std::string_view text_;
  std::shared_ptr<const std::string> file_;
  std::vector<std::string_view> lines_;
  std::vector<std::uint32_t> counted_;  // characters before every kStep-th byte
};

}  // namespace longtail
