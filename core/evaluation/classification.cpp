#include "core/evaluation/classification.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <longtail/error.h>

#include "core/evaluation/csv.h"
#include "core/evaluation/mean.h"
#include "registry/text/counted.h"

namespace longtail {
namespace {

std::string name_of(const ClassAccuracy& row) { return row.name.empty() ? std::to_string(row.label) : row.name; }

}  // namespace

ClassificationEvaluator::ClassificationEvaluator(std::vector<std::int64_t> train_counts, std::vector<std::string> names,
                                                 SplitBounds bounds)
    : train_counts_(std::move(train_counts)), names_(std::move(names)), bounds_(bounds) {
  if (!names_.empty() && names_.size() != train_counts_.size()) {
    throw Error(ExitCode::data, fmt::format("{} for {}: give one name a class", counted(names_.size(), "class name"),
                                            counted(train_counts_.size(), "class", "classes")));
  }
  if (bounds_.few_below > bounds_.many_above + 1) {
    throw Error(ExitCode::config, fmt::format("few_below ({}) and many_above ({}) overlap: few_below may be at most "
                                              "many_above + 1",
                                              bounds_.few_below, bounds_.many_above));
  }
  confusion_.assign(train_counts_.size() * train_counts_.size(), 0);
}

void ClassificationEvaluator::add(const Tensor& scores, const Tensor& labels) {
  if (scores.dim() != 2 || scores.size(1) != num_classes() || labels.dim() != 1 || labels.size(0) != scores.size(0)) {
    throw Error(ExitCode::other, fmt::format("evaluation wants scores [N, {}] and labels [N]", num_classes()));
  }
  if (scores.size(0) == 0) return;
  const auto [best, predictions] = scores.detach().max(1);
  if (at::isnan(best).any().item<bool>()) {
    throw DivergedError("the model gives scores that are not numbers (NaN): evaluate an earlier checkpoint");
  }
  const Tensor predicted = predictions.to(at::kCPU, at::kLong).contiguous();
  const Tensor expected = labels.to(at::kCPU, at::kLong).contiguous();
  const auto* prediction = predicted.data_ptr<std::int64_t>();
  const auto* label = expected.data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < expected.size(0); ++i) add(label[i], prediction[i]);
}

void ClassificationEvaluator::add(std::int64_t label, std::int64_t prediction) {
  for (const std::int64_t value : {label, prediction}) {
    if (value < 0 || value >= num_classes()) {
      throw DataError(fmt::format("class {} is outside 0..{}: the test list and the model disagree on the classes",
                                  value, num_classes() - 1));
    }
  }
  ++confusion_[static_cast<std::size_t>(label * num_classes() + prediction)];
}

std::int64_t ClassificationEvaluator::count(std::int64_t label, std::int64_t prediction) const {
  return confusion_.at(static_cast<std::size_t>(label * num_classes() + prediction));
}

Tensor ClassificationEvaluator::confusion() {
  return at::from_blob(confusion_.data(), {num_classes(), num_classes()}, at::TensorOptions(at::kLong));
}

std::vector<ClassAccuracy> ClassificationEvaluator::per_class() const {
  std::vector<ClassAccuracy> classes(train_counts_.size());
  const auto width = static_cast<std::ptrdiff_t>(train_counts_.size());
  for (std::size_t label = 0; label < classes.size(); ++label) {
    ClassAccuracy& row = classes[label];
    row.label = static_cast<std::int64_t>(label);
    if (!names_.empty()) row.name = names_[label];
    row.train_count = train_counts_[label];
    row.split = split_of(row.train_count, bounds_);
    const auto begin = confusion_.begin() + static_cast<std::ptrdiff_t>(label) * width;
    for (auto it = begin; it != begin + width; ++it) row.images += *it;
    row.correct = *(begin + static_cast<std::ptrdiff_t>(label));
    if (row.images > 0) row.accuracy = static_cast<double>(row.correct) / static_cast<double>(row.images);
  }
  return classes;
}

AccuracySummary ClassificationEvaluator::summary() const {
  Mean splits[3];
  Mean all;
  std::int64_t correct = 0;
  AccuracySummary summary;
  for (const ClassAccuracy& row : per_class()) {
    if (row.images == 0) continue;
    splits[static_cast<int>(row.split)].add(row.accuracy);
    all.add(row.accuracy);
    correct += row.correct;
    summary.images += row.images;
  }
  summary.many = splits[static_cast<int>(Split::many)].value();
  summary.medium = splits[static_cast<int>(Split::medium)].value();
  summary.few = splits[static_cast<int>(Split::few)].value();
  summary.class_mean = all.value();
  if (summary.images > 0) summary.overall = static_cast<double>(correct) / static_cast<double>(summary.images);
  return summary;
}

std::string per_class_csv(const std::vector<ClassAccuracy>& classes) {
  std::string csv = "label,name,train_count,split,images,correct,accuracy\n";
  for (const ClassAccuracy& row : classes) {
    csv +=
        fmt::format("{},{},{},{},{},{},{}\n", row.label, csv_field(name_of(row)), row.train_count, to_string(row.split),
                    row.images, row.correct, row.images > 0 ? fmt::format("{:.6f}", row.accuracy) : "");
  }
  return csv;
}

std::string confusion_csv(const ClassificationEvaluator& evaluator) {
  const std::vector<ClassAccuracy> classes = evaluator.per_class();
  std::string csv = "truth\\prediction";
  for (const ClassAccuracy& row : classes) csv += ',' + csv_field(name_of(row));
  csv += '\n';
  for (const ClassAccuracy& row : classes) {
    csv += csv_field(name_of(row));
    for (const ClassAccuracy& column : classes) csv += fmt::format(",{}", evaluator.count(row.label, column.label));
    csv += '\n';
  }
  return csv;
}

}  // namespace longtail
