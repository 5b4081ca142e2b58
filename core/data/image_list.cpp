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
    const auto [rest, error] = std::from_chars(label.data(), label.data() + label.size(), value);
    if (label.empty() || error != std::errc() || rest != label.data() + label.size()) {
      return find(number, fmt::format("expected `relative/path label`, found '{}'", text.substr(0, 100)));
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
  for_each_line(text, [&](std::string_view line, std::int64_t) {
    const std::string_view name = strip(line);
    if (!name.empty()) names.emplace_back(name);
  });
  if (static_cast<std::int64_t>(names.size()) != num_classes) {
    throw DataError(fmt::format("{}: {} class names for {} classes; it needs a name a line, in the order of the labels",
                                file, names.size(), num_classes));
  }
  return names;
}

}  // namespace longtail
