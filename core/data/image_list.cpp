#include "core/data/image_list.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <longtail/error.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>
#include <unordered_map>

#include "core/data/text_file.h"
#include "registry/config/scalar.h"
#include "registry/text/counted.h"
#include "registry/text/several_lines.h"
#include "registry/text/visible.h"

namespace longtail {
namespace {

constexpr std::string_view kBlanks = " \t";
constexpr std::size_t kMaxFindings = 10;
// Classes without a picture are fine, but a label beyond both is a slip, such as an id: there is a count, and a row of
// the classifier, for each class below it.
constexpr std::int64_t kClassesOfAnyList = 1'000'000;
constexpr std::int64_t kClassesOfAPicture = 10;

std::string_view strip(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

constexpr std::size_t kMaxShown = 100;  // bytes of a line or a label

enum class LabelKind { whole, too_large, other };

/// A whole number, also as tables write it: 3.0.
LabelKind read_label(std::string_view text, std::int64_t& value) {
  const auto point = text.find('.');
  if (point != std::string_view::npos && point + 1 < text.size() &&
      text.find_first_not_of('0', point + 1) == std::string_view::npos) {
    text = text.substr(0, point);
  }
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || rest != text.data() + text.size() || error == std::errc::invalid_argument) {
    return LabelKind::other;
  }
  return error == std::errc() ? LabelKind::whole : LabelKind::too_large;
}

bool is_number(std::string_view text) {
  std::int64_t ignored = 0;
  return read_label(text, ignored) != LabelKind::other;
}

/// `path,label`, and not a decimal comma: the label is joined to the path by a comma.
bool has_comma_before_label(std::string_view text) {
  const auto comma = text.rfind(',');
  if (comma == std::string_view::npos || !is_number(text.substr(comma + 1))) return false;
  const std::string_view path = text.substr(0, comma);
  const auto blank = path.find_last_of(kBlanks);
  return blank == std::string_view::npos || !is_number(path.substr(blank + 1));
}

class ListParser {
 public:
  ListParser(const std::string& file, std::int64_t num_classes) : num_classes_(num_classes) { list_.file = file; }

  ImageList parse() {
    const std::string text =
        read_text(list_.file, "the image list", "give a file with a line `relative/path label` for each picture");
    for_each_line(text, [&](std::string_view line, std::int64_t number) {
      const std::string_view stripped = strip(line);
      if (!stripped.empty()) parse_line(stripped, number);
    });
    check_largest();
    if (total_ > 0) throw LinesError<DataError>(report());
    if (list_.paths.empty()) {
      throw DataError(fmt::format("{}: the image list is empty; it needs a line `relative/path label` for each picture",
                                  list_.file));
    }
    list_.num_classes = num_classes_ > 0 ? num_classes_ : largest_ + 1;
    return std::move(list_);
  }

 private:
  void parse_line(std::string_view text, std::int64_t number) {
    const auto blank = text.find_last_of(kBlanks);
    const std::string_view path = blank == std::string_view::npos ? text : strip(text.substr(0, blank));
    const std::string_view label = blank == std::string_view::npos ? "" : text.substr(blank + 1);
    std::int64_t value = -1;
    if (const LabelKind kind = read_label(label, value); kind != LabelKind::whole) {
      return find(number, about_no_label(text, label, kind));
    }
    least_ = std::min(least_, value);
    most_ = std::max(most_, value);
    if (value < 0 || (num_classes_ > 0 && value >= num_classes_)) {
      const std::string range = num_classes_ > 0 ? fmt::format("0 ... {}", num_classes_ - 1) : "0, 1, 2, ...";
      return find(number, fmt::format("label {} is outside {}; correct it, or data.num_classes", value, range));
    }
    const auto [first, is_new] = lines_.emplace(path, number);
    if (!is_new) {
      return find(number, fmt::format("'{}' is already on line {}; name each picture once", path, first->second));
    }
    largest_ = std::max(largest_, value);
    list_.paths.emplace_back(path);
    list_.labels.push_back(value);
  }

  static std::string about_no_label(std::string_view text, std::string_view label, LabelKind kind) {
    const std::string found = visible(label, kMaxShown);
    if (kind == LabelKind::too_large) {
      return fmt::format("label {} is too {}; labels count from 0: correct it", found,
                         label.front() == '-' ? "small" : "large");
    }
    if (has_comma_before_label(text)) {
      return fmt::format("a space or a tab separates the path and the label, not a comma: found '{}'",
                         visible(text, kMaxShown));
    }
    if (!label.empty()) return fmt::format("the label must be a whole number from 0, found '{}'", found);
    return fmt::format("expected `relative/path label`, found '{}'", visible(text, kMaxShown));
  }

  void check_largest() {
    const std::int64_t limit = std::max(kClassesOfAnyList, kClassesOfAPicture * list_.size());
    if (num_classes_ > 0 || largest_ < limit) return;  // a number of classes that was given is meant
    for (std::size_t i = 0; i < list_.labels.size(); ++i) {
      if (list_.labels[i] < limit) continue;
      find(lines_.at(list_.paths[i]),
           fmt::format("label {} is far beyond the {} pictures of the list; labels count from 0: correct it, or say "
                       "data.num_classes if it is meant",
                       list_.labels[i], list_.size()));
    }
  }

  void find(std::int64_t line, std::string problem) {
    if (++total_ > kMaxFindings) return;
    findings_.push_back(visible(fmt::format("{}:{}: error: {}", list_.file, line, problem)));
  }

  std::string report() const {
    std::string text = fmt::format("{}", fmt::join(findings_, "\n"));
    if (total_ > kMaxFindings) {
      text +=
          fmt::format("\n{}: error: {} more bad lines, {} in all", visible(list_.file), total_ - kMaxFindings, total_);
    }
    if (least_ == 1 && most_ == num_classes_) {
      text += fmt::format("\n{}: error: the labels are 1 ... {}, but they count from 0: subtract 1 from each",
                          visible(list_.file), most_);
    }
    return text;
  }

  ImageList list_;
  std::int64_t num_classes_;
  std::int64_t largest_ = -1;
  std::int64_t least_ = std::numeric_limits<std::int64_t>::max(), most_ = -1;  // those out of range included
  std::unordered_map<std::string, std::int64_t> lines_;
  std::vector<std::string> findings_;
  std::size_t total_ = 0;
};

}  // namespace

ImageList read_image_list(const std::string& file, std::int64_t num_classes) {
  return ListParser(file, num_classes).parse();
}

std::string doubt_about_labels(const ImageList& list) {
  if (list.labels.empty() || *std::min_element(list.labels.begin(), list.labels.end()) != 1) return {};
  return fmt::format(
      "{}: the smallest label is 1, so that class 0 of {} has no image; labels count from 0: if these count from 1, "
      "subtract 1 from each",
      list.file, list.num_classes);
}

std::vector<std::string> read_class_names(const std::string& file, std::int64_t num_classes) {
  const std::string text =
      read_text(file, "the file of class names", "give a file with a name a line, or leave data.class_names out");
  std::vector<std::string> names;
  for_each_line(text, [&](std::string_view line, std::int64_t number) {
    const std::string_view name = strip(line);
    if (!is_utf8(name)) {
      throw DataError(fmt::format("{}: the file of class names cannot be read: line {} is not UTF-8; save it as UTF-8",
                                  file, number));
    }
    if (!name.empty()) names.emplace_back(name);
  });
  if (static_cast<std::int64_t>(names.size()) != num_classes) {
    throw DataError(fmt::format("{}: {} for {}; it needs a name a line, in the order of the labels", file,
                                counted(static_cast<std::int64_t>(names.size()), "class name"),
                                counted(num_classes, "class", "classes")));
  }
  return names;
}

std::string doubt_about_names(const std::string& file, const std::vector<std::string>& names) {
  std::unordered_map<std::string_view, std::size_t> first;
  std::string doubt;
  std::size_t others = 0;
  for (std::size_t label = 0; label < names.size(); ++label) {
    const auto [known, is_new] = first.emplace(names[label], label);
    if (is_new) continue;
    if (!doubt.empty()) {
      ++others;
      continue;
    }
    doubt = fmt::format("{}: class names {} and {} are both '{}'", file, known->second, label,
                        visible(names[label], kMaxShown));
  }
  if (doubt.empty()) return {};
  if (others > 0) doubt += fmt::format(", and {} more {} given before", others, if_one(others, "was", "were"));
  return doubt + "; classes count from 0: give each a name of its own";
}

}  // namespace longtail
