#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "core/annotations/annotation_set.h"
#include "core/data/image_options.h"
#include "core/engine/task.h"
#include "core/engine/task_parts.h"
#include "core/evaluation/results_writer.h"
#include "core/models/detections.h"

namespace longtail {

/// Picture files as a set without objects: ids 1, 2, ... in the order given.
struct PredictedPictures {
  AnnotationSet set;
  std::vector<std::string> names;  // of each image, for its overlay
  ImageOptions options;            // how they are read
};

/// The pictures of a request but those that cannot be read, which `skipped` notes.
PredictedPictures pictures_of(const PredictRequest& request, const std::vector<Category>& categories,
                              const ImageOptions& options, SkippedPictures& skipped);

/// What `predict` writes: detections.json with everything found, for each picture <name>.png with what scores at least
/// request.min_score drawn on it (in folders as the pictures lie in them), and pictures.csv, which tells the image_id,
/// file, overlay and number of drawn objects.
class InstancePrediction {
 public:
  InstancePrediction(const PredictedPictures& pictures, const PredictRequest& request);
  void add(std::int64_t picture, const Detections& detections);
  void finish();

 private:
  std::string overlay_name(const std::string& picture);

  const PredictedPictures& pictures_;
  const PredictRequest& request_;
  ResultsWriter writer_;
  std::set<std::string> names_;  // of the overlays
  std::string index_ = "image_id,file,overlay,objects\n";
};

}  // namespace longtail
