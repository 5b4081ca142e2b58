#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/data/instance_dataset.h"
#include "core/engine/task.h"
#include "core/evaluation/detection_evaluator.h"
#include "core/evaluation/results_writer.h"
#include "core/models/detections.h"

namespace longtail {

/// As the evaluator and detections.json take them.
std::vector<DetectionRecord> to_records(const Detections& detections);

/// From a model's detections to average precision. With an output folder also detections.json, whose evaluation gives
/// the same numbers (`longtail evaluate`), and per_class.csv; a partial evaluation, of a part of the images only, says
/// so in their names.
class InstanceEvaluation {
 public:
  /// `protocol` is auto, lvis or coco; auto is lvis for annotations of that kind. `training` groups classes without an
  /// annotated frequency. Masks are compared where the annotations have outlines. Throws DataError: lvis for
  /// annotations that are not.
  InstanceEvaluation(const InstanceDataset& dataset, const std::string& protocol, TrainingCounts training,
                     const std::string& output_folder, bool partial = false);

  /// detections[i] are of batch.inputs[i].
  void add(const InstanceBatch& batch, const std::vector<Detections>& detections);
  Metrics finish();

  EvaluationFacts facts() const { return evaluator_.facts(); }
  /// What makes the numbers other than they look.
  std::vector<std::string> warnings() const;

 private:
  const InstanceDataset& dataset_;
  std::string output_folder_;
  bool partial_;
  const DetectionEvaluatorOptions options_;
  DetectionEvaluator evaluator_;
  std::unique_ptr<ResultsWriter> writer_;  // null without an output folder
};

}  // namespace longtail
