#pragma once

#include <longtail/export.h>

#include <string>
#include <vector>

#include "core/annotations/annotation_set.h"
#include "core/evaluation/detection_evaluator.h"

namespace longtail {

/// Sets the protocol that "lvis", "coco" or "auto" stands for, and why: auto is lvis for annotations whose categories
/// have frequencies and whose images have neg_category_ids. Throws DataError for lvis where they have not; it names
/// `file` and says to use `remedy`.
LONGTAIL_API void choose_protocol(const AnnotationSet& set, const std::string& name, const std::string& file,
                                  const std::string& remedy, DetectionEvaluatorOptions& options);

/// What makes numbers over these annotations other than they look, a sentence each: a protocol that only half fits,
/// no objects, areas that were computed, objects without an outline, an id that the reference tools get wrong.
LONGTAIL_API std::vector<std::string> ground_truth_warnings(const AnnotationSet& set, const std::string& file,
                                                            const DetectionEvaluatorOptions& options);

/// How often the training set `train`, read from `file`, has each class of `set`, by the ids of the categories. Crowds,
/// ignored and tiny objects do not count. Throws DataError where the same id has two names; a category without one fits
/// any. `missing` counts the classes of `set` that `train` does not have.
LONGTAIL_API TrainingCounts count_training(const AnnotationSet& set, const AnnotationSet& train,
                                           const std::string& file, const FrequencyBounds& bounds,
                                           std::int64_t& missing);

}  // namespace longtail
