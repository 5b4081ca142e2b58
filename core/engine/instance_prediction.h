#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "core/annotations/annotation_set.h"
#include "core/engine/task.h"
#include "core/evaluation/results_writer.h"
#include "core/models/detections.h"

namespace longtail {

/// Picture files as a set without objects: ids 1, 2, ... in the order given. Throws DataError for a file that is no
/// picture.
AnnotationSet pictures_as_set(const std::vector<std::string>& files, const std::vector<Category>& categories);

/// What `predict` writes: detections.json with everything found, for each picture <name>.png with what scores at least
/// request.min_score drawn on it, and pictures.csv, which tells the image_id, file, overlay and number of drawn
/// objects.
class InstancePrediction {
 public:
  InstancePrediction(const AnnotationSet& pictures, const PredictRequest& request);
  void add(std::int64_t picture, const Detections& detections);
  void finish();

 private:
  std::string overlay_name(const ImageRecord& image);

  const AnnotationSet& pictures_;
  const PredictRequest& request_;
  ResultsWriter writer_;
  std::set<std::string> names_;  // of the overlays
  std::string index_ = "image_id,file,overlay,objects\n";
};

}  // namespace longtail
