#pragma once

#include <longtail/export.h>

#include <cstdint>
#include <vector>

namespace longtail {

/// How long the tail of a list is.
struct ClassStats {
  std::int64_t images = 0;
  std::int64_t classes = 0;
  std::int64_t empty = 0;  // classes without an image; they count as few
  std::int64_t largest = 0;
  std::int64_t smallest = 0;  // of the classes that have images
  double imbalance = 0;       // largest / smallest
  double gini = 0;            // 0: all classes alike ... 1: all images in one class
  struct Group {
    std::int64_t classes = 0;
    std::int64_t images = 0;
  };
  Group many, medium, few;  // more than `many_above` images; fewer than `few_below`; between
};

/// Images of each class. Labels lie in 0..num_classes-1, as read_image_list checks.
LONGTAIL_API std::vector<std::int64_t> count_classes(const std::vector<std::int64_t>& labels, std::int64_t num_classes);

LONGTAIL_API ClassStats class_stats(const std::vector<std::int64_t>& counts, std::int64_t many_above = 100,
                                    std::int64_t few_below = 20);

}  // namespace longtail
