#pragma once

#include <longtail/export.h>

#include <array>
#include <cstdint>
#include <vector>

#include "core/annotations/annotation_set.h"
#include "core/data/frequency_split.h"
#include "core/data/usable_object.h"

namespace longtail {

/// How long the tail of an instance set is, and what repeat factor sampling does about it. Crowds, objects to be
/// ignored and those of less than a pixel do not count, nor do images without others: training leaves them out.
struct AnnotationStats {
  struct ClassRow {
    std::int32_t class_index = 0;
    char frequency = 0;  // the file's, or by LVIS's rule
    std::int64_t images = 0;
    std::int64_t objects = 0;
    double repeat_factor = 1;  // max(1, sqrt(threshold / fraction of the images)); 0 for a class without images
  };
  struct Group {
    char frequency = 0;
    std::int64_t classes = 0;
    std::int64_t empty = 0;  // classes without an object
    std::int64_t objects = 0;
    double repeats = 0;  // objects that such an epoch shows for each object of the set
  };
  struct ImageRow {
    std::int64_t image = 0;        // index into images
    std::int32_t class_index = 0;  // the class that asks for the most
    double repeat_factor = 1;
  };

  std::int64_t images = 0;  // with objects
  std::int64_t objects = 0;
  LeftOutCounts left_out;
  double classes_per_image = 0;
  double epoch = 0;                // images that an epoch of `rfs` shows, copies rounded up as by default
  double epoch_stochastic = 0;     // on average with rounding: stochastic
  std::vector<ClassRow> classes;   // [C], in the set's order
  std::array<Group, 3> groups;     // f, c, r
  std::vector<ImageRow> by_image;  // images with objects, the most repeated first
};

/// `threshold`: classes on a smaller fraction of the images are repeated (Gupta et al., CVPR 2019).
/// `bounds` group the classes whose frequency the file does not tell.
LONGTAIL_API AnnotationStats annotation_stats(const AnnotationSet& set, double threshold,
                                              const FrequencyBounds& bounds = {});

}  // namespace longtail
