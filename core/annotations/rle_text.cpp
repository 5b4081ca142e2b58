#include <fmt/format.h>
#include <longtail/error.h>

#include "core/annotations/rle.h"

namespace longtail {
namespace {

// A count is written in groups of five bits, lowest first, each as a character from '0' on; bit 5 of a group says that
// another follows, and the sign is that of the last group. From the fourth on, counts are told as the difference to the
// one before the last: neighbouring columns are alike.
constexpr char kFirst = '0';
constexpr int kGroupBits = 5;
constexpr std::int64_t kGroup = (1 << kGroupBits) - 1;
constexpr std::int64_t kSign = 1 << (kGroupBits - 1);
constexpr std::int64_t kMore = 1 << kGroupBits;
constexpr int kMaxGroups = 7;  // differences of 32-bit counts have 33 bits and a sign

bool told_as_difference(std::size_t index) { return index > 2; }

[[noreturn]] void fail(std::int32_t height, std::int32_t width, const std::string& reason) {
  throw DataError(fmt::format("compressed RLE of {} x {}: {}; write it with the COCO tools", height, width, reason));
}

}  // namespace

std::string rle_to_string(const Rle& rle) {
  std::string text;
  for (std::size_t i = 0; i < rle.counts.size(); ++i) {
    std::int64_t value = rle.counts[i];
    if (told_as_difference(i)) value -= rle.counts[i - 2];
    for (bool more = true; more;) {
      std::int64_t group = value & kGroup;
      value >>= kGroupBits;
      more = (group & kSign) != 0 ? value != -1 : value != 0;
      if (more) group |= kMore;
      text += static_cast<char>(kFirst + group);
    }
  }
  return text;
}

Rle rle_from_string(std::string_view text, std::int32_t height, std::int32_t width) {
  Rle rle{height, width, {}};
  const std::int64_t pixels = std::int64_t{height} * width;
  std::int64_t total = 0;
  rle.counts.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    std::int64_t value = 0;
    for (int groups = 0;; ++groups) {
      if (at == text.size()) fail(height, width, "the text is cut in the middle of a count");
      const std::int64_t group = text[at] - kFirst;
      if (group < 0 || group >= 2 * kMore) {
        fail(height, width, fmt::format("character {} is not one of '0' ... 'o'", at + 1));
      }
      if (groups == kMaxGroups) fail(height, width, fmt::format("the count at character {} is too large", at + 1));
      ++at;
      value |= (group & kGroup) << (kGroupBits * groups);
      if ((group & kMore) != 0) continue;
      if ((group & kSign) != 0) value -= std::int64_t{1} << (kGroupBits * (groups + 1));
      break;
    }
    if (told_as_difference(rle.counts.size())) value += rle.counts[rle.counts.size() - 2];
    total += value;
    if (value < 0 || total > pixels) {
      fail(height, width, fmt::format("the counts up to character {} make {} pixels", at, total));
    }
    rle.counts.push_back(static_cast<std::uint32_t>(value));
  }
  if (total != pixels) fail(height, width, fmt::format("the counts make {} pixels, not {}", total, pixels));
  return rle;
}

}  // namespace longtail
