#include "core/data/annotation_stats.h"

#include <algorithm>
#include <cmath>

namespace longtail {
namespace {

constexpr std::array<char, 3> kFrequencies = {'f', 'c', 'r'};

/// Classes of the objects of an image that training uses, one entry an object.
std::vector<std::int32_t> classes_on(const AnnotationSet& set, const ImageRecord& image) {
  std::vector<std::int32_t> classes;
  for (std::int64_t o = image.first_object; o < image.first_object + image.num_objects; ++o) {
    const ObjectRecord& object = set.objects[static_cast<std::size_t>(o)];
    if (left_out(object, image, kMinBoxSide) == LeftOut::no) classes.push_back(object.class_index);
  }
  return classes;
}

std::vector<std::int32_t> distinct(std::vector<std::int32_t> classes) {
  std::sort(classes.begin(), classes.end());
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  return classes;
}

void count(const AnnotationSet& set, AnnotationStats& stats) {
  std::int64_t pairs = 0;
  for (const ImageRecord& image : set.images) {
    const std::vector<std::int32_t> classes = classes_on(set, image);
    if (classes.empty()) continue;
    ++stats.images;
    stats.objects += static_cast<std::int64_t>(classes.size());
    for (const std::int32_t c : classes) ++stats.classes[static_cast<std::size_t>(c)].objects;
    for (const std::int32_t c : distinct(classes)) {
      ++stats.classes[static_cast<std::size_t>(c)].images;
      ++pairs;
    }
  }
  if (stats.images > 0) stats.classes_per_image = static_cast<double>(pairs) / static_cast<double>(stats.images);
}

void find_repeats(const AnnotationSet& set, double threshold, AnnotationStats& stats) {
  for (AnnotationStats::ClassRow& row : stats.classes) {
    const double fraction =
        static_cast<double>(row.images) / static_cast<double>(std::max<std::int64_t>(1, stats.images));
    row.repeat_factor = row.images == 0 ? 0 : std::max(1.0, std::sqrt(threshold / fraction));
  }
  for (std::size_t i = 0; i < set.images.size(); ++i) {
    const std::vector<std::int32_t> classes = classes_on(set, set.images[i]);
    if (classes.empty()) continue;
    AnnotationStats::ImageRow row{static_cast<std::int64_t>(i), classes.front(), 0};
    for (const std::int32_t c : classes) {
      const double factor = stats.classes[static_cast<std::size_t>(c)].repeat_factor;
      if (factor <= row.repeat_factor) continue;
      row.repeat_factor = factor;
      row.class_index = c;
    }
    stats.by_image.push_back(row);
    stats.epoch += std::ceil(row.repeat_factor);
    stats.epoch_stochastic += row.repeat_factor;
  }
  std::stable_sort(stats.by_image.begin(), stats.by_image.end(),
                   [](const auto& a, const auto& b) { return a.repeat_factor > b.repeat_factor; });
}

AnnotationStats::Group& group_of(AnnotationStats& stats, char frequency) {
  return *std::find_if(stats.groups.begin(), stats.groups.end(),
                       [&](const AnnotationStats::Group& group) { return group.frequency == frequency; });
}

void group(const AnnotationSet& set, AnnotationStats& stats) {
  for (std::size_t g = 0; g < kFrequencies.size(); ++g) stats.groups[g].frequency = kFrequencies[g];
  for (const AnnotationStats::ClassRow& row : stats.classes) {
    AnnotationStats::Group& of_class = group_of(stats, row.frequency);
    ++of_class.classes;
    if (row.objects == 0) ++of_class.empty;
    of_class.objects += row.objects;
  }
  for (const AnnotationStats::ImageRow& row : stats.by_image) {
    for (const std::int32_t c : classes_on(set, set.images[static_cast<std::size_t>(row.image)])) {
      group_of(stats, stats.classes[static_cast<std::size_t>(c)].frequency).repeats += std::ceil(row.repeat_factor);
    }
  }
  for (AnnotationStats::Group& of_class : stats.groups) {
    if (of_class.objects > 0) of_class.repeats /= static_cast<double>(of_class.objects);
  }
}

}  // namespace

AnnotationStats annotation_stats(const AnnotationSet& set, double threshold, const FrequencyBounds& bounds) {
  AnnotationStats stats;
  stats.left_out = count_left_out(set, kMinBoxSide);
  stats.classes.resize(set.categories.size());
  count(set, stats);
  for (std::size_t c = 0; c < stats.classes.size(); ++c) {
    stats.classes[c].class_index = static_cast<std::int32_t>(c);
    const char told = set.categories[c].frequency;
    stats.classes[c].frequency = told != 0 ? told : frequency_of(stats.classes[c].images, bounds);
  }
  find_repeats(set, threshold, stats);
  group(set, stats);
  return stats;
}

}  // namespace longtail
