#include "core/data/data_check.h"

#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "core/data/image.h"
#include "core/data/picture_size.h"
#include "core/io/fingerprint.h"
#include "core/system/workers.h"

namespace longtail {
namespace {

/// What one picture turned out to be.
struct Look {
  std::string content;  // fingerprint of the file; "" where it cannot be read
  std::string broken, odd;
  int width = 0, height = 0;
  bool turned = false;
};

Look look_at(const ListedPicture& picture, const std::string& root_setting, ImageReader& reader) {
  Look look;
  try {
    reader.open(picture.path);
    const std::vector<std::uint8_t>& bytes = reader.bytes();
    look.content = fingerprint(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
    look.turned = reader.orientation() != 1;
    if (picture.width > 0) {
      look.broken = size_problem(reader, picture.width, picture.height, picture.annotation, root_setting);
    }
    reader.decode();
    look.width = reader.width();
    look.height = reader.height();
    look.odd = reader.warning();
  } catch (const DataError& error) {
    const std::string text = error.what();
    look.broken = text.substr(0, text.find("; replace the file"));
  }
  for (std::string* finding : {&look.broken, &look.odd}) {
    const std::string start = picture.path + ": ";  // the table tells the picture beside it
    if (finding->compare(0, start.size(), start) == 0) finding->erase(0, start.size());
  }
  return look;
}

SideRange range_of(std::vector<int> sides) {
  if (sides.empty()) return {};
  std::sort(sides.begin(), sides.end());
  return {sides.front(), sides[sides.size() / 2], sides.back()};
}

/// "" for a size like those of the other pictures.
std::string odd_size(const Look& look, const SplitCheck& split) {
  constexpr int kShape = 8, kSize = 8;
  const int longer = std::max(look.width, look.height), shorter = std::min(look.width, look.height);
  const std::int64_t usual = std::min(split.width.median, split.height.median);
  const std::string size = fmt::format("{} x {} pixels", look.width, look.height);
  if (longer > kShape * shorter) return size + ": far from square";
  if (shorter * kSize < usual) return fmt::format("{}: far smaller than the others ({} as a rule)", size, usual);
  if (shorter > kSize * usual) return fmt::format("{}: far larger than the others ({} as a rule)", size, usual);
  return {};
}

using Contents = std::map<std::string, std::vector<std::size_t>>;  // pictures by their files' fingerprints

Contents by_content(const std::vector<Look>& looks) {
  Contents contents;
  for (std::size_t i = 0; i < looks.size(); ++i) {
    if (!looks[i].content.empty()) contents[looks[i].content].push_back(i);
  }
  return contents;
}

std::vector<SameContent> duplicates_in(const ListedSplit& split, const Contents& contents) {
  std::vector<SameContent> duplicates;
  for (const auto& [content, members] : contents) {
    if (members.size() < 2) continue;
    SameContent same;
    for (const std::size_t i : members) {
      same.pictures.push_back(split.pictures[i].name);
      same.other_labels |= split.pictures[i].label != split.pictures[members.front()].label;
    }
    duplicates.push_back(std::move(same));
  }
  return duplicates;
}

SplitCheck check_split(const ListedSplit& split, const std::vector<Look>& looks, const Contents& contents) {
  SplitCheck check;
  check.name = split.name;
  check.source = split.source;
  check.pictures = static_cast<std::int64_t>(split.pictures.size());
  check.broken_objects = split.broken_objects;
  check.num_broken_objects = split.num_broken_objects;
  check.doubts = split.doubts;
  check.classes = class_stats(split.class_counts);
  check.duplicates = duplicates_in(split, contents);
  std::vector<int> widths, heights;
  for (const Look& look : looks) {
    if (look.width == 0) continue;
    widths.push_back(look.width);
    heights.push_back(look.height);
  }
  check.width = range_of(std::move(widths));
  check.height = range_of(std::move(heights));
  for (std::size_t i = 0; i < looks.size(); ++i) {
    const Look& look = looks[i];
    const std::string& name = split.pictures[i].name;
    check.turned += look.turned ? 1 : 0;
    if (!look.broken.empty()) check.broken.push_back({name, look.broken});
    if (!look.odd.empty()) check.odd.push_back({name, look.odd});
    if (look.width == 0) continue;
    if (std::string size = odd_size(look, check); !size.empty()) check.odd.push_back({name, std::move(size)});
  }
  return check;
}

std::vector<SameContent> leaks_between(const ListedSplit& a, const Contents& in_a, const ListedSplit& b,
                                       const Contents& in_b) {
  std::vector<SameContent> leaks;
  for (const auto& [content, members] : in_a) {
    const auto found = in_b.find(content);
    if (found == in_b.end()) continue;
    SameContent leak;
    for (const std::size_t i : members) leak.pictures.push_back(fmt::format("{}: {}", a.name, a.pictures[i].name));
    for (const std::size_t i : found->second) {
      leak.pictures.push_back(fmt::format("{}: {}", b.name, b.pictures[i].name));
      leak.other_labels |= b.pictures[i].label != a.pictures[members.front()].label;
    }
    leaks.push_back(std::move(leak));
  }
  return leaks;
}

}  // namespace

bool DataCheck::is_broken() const {
  return !class_names.broken.empty() || std::any_of(splits.begin(), splits.end(), [](const SplitCheck& split) {
    return !split.broken.empty() || split.num_broken_objects > 0;
  });
}

DataCheck check_data(const std::vector<ListedSplit>& splits, const ImageOptions& options, int threads,
                     const std::function<void(std::int64_t, std::int64_t)>& progress) {
  std::int64_t total = 0, done = 0;
  for (const ListedSplit& split : splits) total += static_cast<std::int64_t>(split.pictures.size());
  DataCheck check;
  std::vector<Contents> contents;
  for (const ListedSplit& split : splits) {
    const auto count = static_cast<std::int64_t>(split.pictures.size());
    std::vector<Look> looks(split.pictures.size());
    std::vector<std::unique_ptr<ImageReader>> readers(static_cast<std::size_t>(workers_for(count, threads)));
    const auto look = [&](std::int64_t i, int worker) {
      std::unique_ptr<ImageReader>& reader = readers[static_cast<std::size_t>(worker)];
      if (!reader) reader = std::make_unique<ImageReader>(options);
      looks[static_cast<std::size_t>(i)] =
          look_at(split.pictures[static_cast<std::size_t>(i)], split.root_setting, *reader);
    };
    for_each_in_order(count, threads, look, [&](std::int64_t, int) {
      ++done;
      if (progress) progress(done, total);
    });
    contents.push_back(by_content(looks));
    check.splits.push_back(check_split(split, looks, contents.back()));
  }
  for (std::size_t a = 0; a < splits.size(); ++a) {
    for (std::size_t b = a + 1; b < splits.size(); ++b) {
      for (SameContent& leak : leaks_between(splits[a], contents[a], splits[b], contents[b])) {
        check.leaks.push_back(std::move(leak));
      }
    }
  }
  return check;
}

}  // namespace longtail
