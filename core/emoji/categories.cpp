#include "core/emoji/categories.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_split.h>
#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <string_view>

#include "core/data/text_file.h"

namespace longtail {
namespace {

constexpr std::string_view kHead = "codepoint,name,group";

class CategoryReader {
 public:
  explicit CategoryReader(const std::string& file)
      : file_(file),
        text_(read_text(file, "the table of categories",
                        "give a file with the head codepoint,name,group,suggested_frequency with --categories")) {}

  std::vector<EmojiCategory> read() {
    for_each_line(text_, [&](std::string_view line, std::int64_t number) {
      line_ = number;
      const std::string text(absl::StripAsciiWhitespace(absl::string_view(line.data(), line.size())));
      if (line_ == 1) {
        if (text.compare(0, kHead.size(), kHead) != 0)
          fail(fmt::format("expected the head {},suggested_frequency", kHead));
      } else if (!text.empty()) {
        add(absl::StrSplit(text, ','));
      }
    });
    if (categories_.size() < 2) fail("two categories or more are needed");
    return std::move(categories_);
  }

 private:
  void add(const std::vector<std::string>& fields) {
    if (fields.size() < 3 || fields.size() > 4) fail(fmt::format("{} fields, but the head has 4", fields.size()));
    EmojiCategory category;
    std::uint32_t code = 0;
    const char* const end = fields[0].data() + fields[0].size();
    const auto [rest, error] = std::from_chars(fields[0].data(), end, code, 16);
    if (error != std::errc() || rest != end || code == 0) fail(fmt::format("'{}' is no codepoint", fields[0]));
    category.codepoint = code;
    category.name = fields[1];
    category.group = fields[2];
    if (category.name.empty() || category.group.empty()) fail("a name and a group are needed");
    if (!names_.insert(category.name).second) fail(fmt::format("the name '{}' was used before", category.name));
    if (fields.size() == 4 && !fields[3].empty()) {
      if (fields[3] != "f" && fields[3] != "c" && fields[3] != "r") {
        fail(fmt::format("frequency '{}' is none of f, c and r", fields[3]));
      }
      category.frequency = fields[3][0];
    }
    categories_.push_back(std::move(category));
  }

  [[noreturn]] void fail(const std::string& problem) const {
    throw DataError(fmt::format("{}:{}: {}", file_, line_, problem));
  }

  std::string file_;
  std::string text_;
  std::int64_t line_ = 0;
  std::vector<EmojiCategory> categories_;
  std::set<std::string> names_;
};

}  // namespace

const std::vector<EmojiCategory>& emoji_categories() {
  static const std::vector<EmojiCategory> categories{
#include "core/emoji/categories.inc"
  };
  return categories;
}

std::vector<EmojiCategory> read_emoji_categories(const std::string& file) { return CategoryReader(file).read(); }

std::vector<std::int64_t> rank_emoji(const std::vector<EmojiCategory>& categories) {
  std::vector<std::size_t> keys;
  std::map<std::string, std::size_t> members;
  for (const EmojiCategory& category : categories) {
    const std::size_t place = members[category.group]++;
    keys.push_back(category.frequency == 0 ? place : std::string_view("fcr").find(category.frequency));
  }
  std::vector<std::int64_t> ranks(categories.size());
  std::iota(ranks.begin(), ranks.end(), 0);
  std::stable_sort(ranks.begin(), ranks.end(), [&](std::int64_t a, std::int64_t b) {
    return keys[static_cast<std::size_t>(a)] < keys[static_cast<std::size_t>(b)];
  });
  return ranks;
}

std::vector<std::int64_t> long_tailed_counts(std::int64_t classes, std::int64_t max_count, double imbalance) {
  const auto& all = emoji_categories();
  const std::vector<std::int64_t> by_rank = rank_emoji({all.begin(), all.begin() + classes});
  std::vector<std::int64_t> counts(by_rank.size());
  for (std::int64_t rank = 0; rank < classes; ++rank) {
    const double share = classes > 1 ? static_cast<double>(rank) / static_cast<double>(classes - 1) : 0;
    // A little more, so that an exact power does not fall below its whole number.
    const double count = static_cast<double>(max_count) * std::pow(imbalance, -share) + 1e-6;
    counts[by_rank[rank]] = std::max<std::int64_t>(1, static_cast<std::int64_t>(count));
  }
  return counts;
}

}  // namespace longtail
