#pragma once

#include <longtail/export.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/evaluation/detection_evaluator.h"

namespace longtail {

/// A results file in COCO's form (plain or gzip): a JSON list, or JSON lines, of {image_id, category_id, score, bbox
/// [x, y, w, h] and/or segmentation (run lengths or polygons)} in any order. Opening it finds out which bytes belong to
/// which image; detections are read image by image, so that they are never all in memory.
class LONGTAIL_API ResultsFile {
 public:
  /// `set` outlives the file. Throws DataError that names the place: broken JSON, an image that `set` does not have.
  /// With BadAnnotation::skip broken detections are left out and counted, as read_annotations() does with objects.
  ResultsFile(const std::string& path, const AnnotationSet& set, BadAnnotation policy = BadAnnotation::stop);
  ~ResultsFile();

  /// Detections in the file.
  std::int64_t size() const;
  /// Whether any detection has a mask.
  bool has_masks() const;
  /// Detections read so far whose category the annotations do not have. They count for nothing, as in lvis-api. (Where
  /// its id is a text and theirs are numbers, or the other way round, reading throws.)
  std::int64_t unknown_categories() const;
  /// Detections left out so far because they are broken, with the first as an example.
  AnnotationProblems broken() const;
  /// Images with detections, as indices into set.images, ascending.
  const std::vector<std::int64_t>& images() const;
  /// Detections of an image in the file's order; a class that the set does not have is -1. From any thread. Throws
  /// DataError that names the place: a missing key, a mask of the wrong size ... Without `masks`, those of detections
  /// that have a box are passed over.
  std::vector<DetectionRecord> read(std::int64_t image, bool masks = true) const;

 private:
  struct Index;
  std::unique_ptr<Index> index_;
};

/// Reads and adds every image, in `threads` threads (0: one for each core).
LONGTAIL_API void add_results(const ResultsFile& results, DetectionEvaluator& evaluator, int threads);

}  // namespace longtail
