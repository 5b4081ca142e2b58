#include "core/evaluation/ground_truth.h"

#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>

#include "core/data/annotation_stats.h"
#include "registry/text/counted.h"

namespace longtail {
namespace {

using Protocol = DetectionEvaluatorOptions::Protocol;

bool has_frequencies(const AnnotationSet& set) {
  return std::any_of(set.categories.begin(), set.categories.end(),
                     [](const Category& category) { return category.frequency != 0; });
}

const char* why_coco(const AnnotationSet& set) {
  if (set.federated) return "no category has a frequency";
  return has_frequencies(set) ? "no image has neg_category_ids" : "no frequencies and no neg_category_ids";
}

/// "image 7 has no", "image 7 and 3 others of 100 have no", "image 7 and 1 other of 2 have no"
std::string lacking(const char* what, const Gap& gap, std::size_t all) {
  if (gap.count == 1) return fmt::format("{} {} has no", what, gap.first);
  return fmt::format("{} {} and {} of {} have no", what, gap.first, counted(gap.count - 1, "other"), all);
}

void add_lvis_gaps(const AnnotationSet& set, bool counted, std::vector<std::string>& out) {
  const AnnotationGaps& gaps = set.gaps;
  if (gaps.frequency.count > 0) {
    out.push_back(fmt::format("{} 'frequency': evaluated by LVIS's protocol all the same, {}",
                              lacking("category", gaps.frequency, set.categories.size()),
                              counted ? "in the group of its training images" : "in none of APr, APc and APf"));
  }
  if (gaps.negatives.count > 0) {
    out.push_back(fmt::format("{} 'neg_category_ids': taken as none, so only labelled classes count there",
                              lacking("image", gaps.negatives, set.images.size())));
  }
  if (gaps.not_exhaustive.count > 0) {
    out.push_back(
        fmt::format("{} 'not_exhaustive_category_ids': taken as none, so every extra detection is wrong there",
                    lacking("image", gaps.not_exhaustive, set.images.size())));
  }
}

/// Of annotations that look like LVIS's and are not taken so.
void add_half_lvis(const AnnotationSet& set, std::vector<std::string>& out) {
  if (set.is_lvis || set.images.empty()) return;
  constexpr const char* kCoco = "evaluated by COCO's protocol, to which every class is labelled on every image";
  if (set.federated) {
    out.push_back(fmt::format("images have neg_category_ids, but {} 'frequency': {}",
                              lacking("category", set.gaps.frequency, set.categories.size()), kCoco));
  } else if (has_frequencies(set)) {
    out.push_back(fmt::format("categories have frequencies, but {} 'neg_category_ids': {}",
                              lacking("image", set.gaps.negatives, set.images.size()), kCoco));
  }
}

/// "1 of 2 objects has no", "2 of 2 objects have no"
std::string objects_without(std::int64_t count, std::size_t all) {
  return fmt::format("{} of {} {} no", count, counted(all, "object"), if_one(count, "has", "have"));
}

void add_objects(const AnnotationSet& set, bool segm, std::vector<std::string>& out) {
  const auto all = set.objects.size();
  if (all == 0) out.emplace_back("has no objects: every AP is undefined (-1)");
  if (set.gaps.area.count > 0) {
    out.push_back(fmt::format("{} 'area', the first is {}: computed from the outline or the box",
                              objects_without(set.gaps.area.count, all), set.gaps.area.first));
  }
  if (set.gaps.box.count > 0) {
    out.push_back(fmt::format("{} 'bbox', the first is {}: computed from the outline",
                              objects_without(set.gaps.box.count, all), set.gaps.box.first));
  }
  const std::int64_t bare = segm ? count_without_outline(set) : 0;
  if (bare > 0) out.push_back(objects_without(bare, all) + " outline: for segm each is missed");
  if (std::any_of(set.objects.begin(), set.objects.end(), [](const ObjectRecord& object) { return object.id == 0; })) {
    out.emplace_back(
        "an annotation has the id 0: it counts here like any other, but lvis-api and pycocotools take a detection that "
        "finds it for a wrong one");
  }
}

}  // namespace

void choose_protocol(const AnnotationSet& set, const std::string& name, const std::string& file,
                     const std::string& remedy, DetectionEvaluatorOptions& options) {
  const bool is_auto = name == "auto";
  if (name == "lvis" && !set.is_lvis) {
    throw DataError(fmt::format("{}: has no frequencies and neg_category_ids, as LVIS needs; use {}", file, remedy));
  }
  options.protocol = name == "lvis" || (is_auto && set.is_lvis) ? Protocol::lvis : Protocol::coco;
  options.protocol_reason = !is_auto                             ? "asked for"
                            : options.protocol == Protocol::lvis ? "frequencies and neg_category_ids"
                                                                 : why_coco(set);
}

std::vector<std::string> ground_truth_warnings(const AnnotationSet& set, const std::string& file,
                                               const DetectionEvaluatorOptions& options) {
  std::vector<std::string> out;
  if (options.protocol == Protocol::lvis) {
    add_lvis_gaps(set, options.training.known(), out);
  } else if (options.protocol_reason != "asked for") {
    add_half_lvis(set, out);
  }
  add_objects(set, options.segm, out);
  for (std::string& text : out) text = file + ": " + text;
  return out;
}

TrainingCounts count_training(const AnnotationSet& set, const AnnotationSet& train, const std::string& file,
                              const FrequencyBounds& bounds, std::int64_t& missing) {
  const AnnotationStats stats = annotation_stats(train, 0);
  TrainingCounts counts;
  counts.bounds = bounds;
  counts.source = file;
  missing = 0;
  for (const Category& category : set.categories) {
    const std::int32_t c = train.class_of(category.key());
    counts.images.push_back(c < 0 ? 0 : stats.classes[static_cast<std::size_t>(c)].images);
    counts.objects.push_back(c < 0 ? 0 : stats.classes[static_cast<std::size_t>(c)].objects);
    if (c < 0) ++missing;
    if (c < 0 || same_class(train.categories[static_cast<std::size_t>(c)], category)) continue;
    throw DataError(
        fmt::format("{}: category {} is '{}', but '{}' in the annotations; both must have the same categories", file,
                    to_json(category.key()), train.categories[static_cast<std::size_t>(c)].name, category.name));
  }
  return counts;
}

}  // namespace longtail
