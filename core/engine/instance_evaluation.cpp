#include "core/engine/instance_evaluation.h"

#include <filesystem>
#include <utility>

#include <ATen/core/Tensor.h>

#include "core/engine/task_parts.h"
#include "core/evaluation/ground_truth.h"
#include "core/io/atomic_file.h"

namespace longtail {

namespace fs = std::filesystem;

std::vector<DetectionRecord> to_records(const Detections& detections) {
  const auto boxes = detections.boxes.accessor<float, 2>();
  const auto scores = detections.scores.accessor<float, 1>();
  const auto labels = detections.labels.accessor<std::int64_t, 1>();
  std::vector<DetectionRecord> records(static_cast<std::size_t>(scores.size(0)));
  for (std::int64_t i = 0; i < scores.size(0); ++i) {
    DetectionRecord& record = records[static_cast<std::size_t>(i)];
    const double x1 = boxes[i][0], y1 = boxes[i][1];
    record.class_index = static_cast<std::int32_t>(labels[i]);
    record.score = scores[i];
    record.box = {x1, y1, boxes[i][2] - x1, boxes[i][3] - y1};
    record.mask = detections.masks[static_cast<std::size_t>(i)];
  }
  return records;
}

namespace {

DetectionEvaluatorOptions evaluator_options(const InstanceDataset& dataset, const std::string& protocol,
                                            TrainingCounts training) {
  DetectionEvaluatorOptions options;
  const AnnotationSet& set = dataset.annotations();
  choose_protocol(set, protocol, dataset.annotation_file(), "data.protocol: coco", options);
  options.segm = set.objects.empty() || has_outlines(set);
  if (options.segm) require_sizes(set, dataset.annotation_file(), "evaluation of masks");
  options.training = std::move(training);
  return options;
}

}  // namespace

InstanceEvaluation::InstanceEvaluation(const InstanceDataset& dataset, const std::string& protocol,
                                       TrainingCounts training, const std::string& output_folder, bool partial)
    : dataset_(dataset),
      output_folder_(output_folder),
      partial_(partial),
      options_(evaluator_options(dataset, protocol, std::move(training))),
      evaluator_(dataset.annotations(), options_) {
  if (output_folder_.empty()) return;
  fs::create_directories(output_folder_);
  writer_ = std::make_unique<ResultsWriter>(fs::path(output_folder_) / output_name("detections", "json", partial_),
                                            dataset.annotations().categories);
}

std::vector<std::string> InstanceEvaluation::warnings() const {
  return ground_truth_warnings(dataset_.annotations(), dataset_.annotation_file(), options_);
}

void InstanceEvaluation::add(const InstanceBatch& batch, const std::vector<Detections>& detections) {
  for (std::size_t i = 0; i < detections.size(); ++i) {
    const ImageRecord& image = dataset_.image(batch.inputs[i].index);
    std::vector<DetectionRecord> records = to_records(detections[i]);
    if (writer_) writer_->add(image.key(), records);
    evaluator_.add(&image - dataset_.annotations().images.data(), std::move(records));
  }
}

Metrics InstanceEvaluation::finish() {
  if (writer_) {
    writer_->finish();
    write_file_atomically(fs::path(output_folder_) / output_name("per_class", "csv", partial_),
                          {evaluator_.per_class_csv()}, Links::refuse);
  }
  return evaluator_.metrics();
}

}  // namespace longtail
