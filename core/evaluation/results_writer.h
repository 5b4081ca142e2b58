#pragma once

#include <longtail/export.h>

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/annotations/annotation_set.h"
#include "core/evaluation/detection_evaluator.h"
#include "core/io/atomic_file.h"

namespace longtail {

/// Writes detections.json as COCO's and LVIS's tools read it, an entry a line: image_id, category_id, bbox, score and,
/// where there is a mask, segmentation as compressed RLE. Ids are written as the annotations have them. Numbers keep
/// all their digits, so that evaluating the file gives what evaluating the detections gives. The file appears under its
/// name with finish(); a symbolic link of that name is an Error.
class LONGTAIL_API ResultsWriter {
 public:
  /// `categories` gives the ids of the class indices and outlives the writer.
  ResultsWriter(const std::filesystem::path& path, const std::vector<Category>& categories);

  void add(const AnnotationId& image_id, const std::vector<DetectionRecord>& detections);
  void finish();

 private:
  AtomicFile file_;
  const std::vector<Category>& categories_;
  bool empty_ = true;
};

}  // namespace longtail
