#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/engine/hook.h"
#include "core/engine/task.h"
#include "core/io/own_file.h"

namespace longtail {

/// metrics.jsonl: one JSON object a line, {"kind": "train", ...} for averages over some steps and
/// {"kind": "evaluation", ...} for results, in which null stands for an undefined metric. Every step and every
/// evaluation stands there once, however often the run was stopped.
class MetricsLog {
 public:
  /// Keeps the lines up to `iteration` of an existing file (those after it will be written again), else starts anew.
  MetricsLog(const std::filesystem::path& file, std::int64_t iteration);
  void train(const StepRecord& record);
  /// `limit_batches` above 0 marks an evaluation of so many batches only. One of this iteration that is there already
  /// is replaced.
  void evaluation(const Progress& progress, const std::string& split, const Metrics& metrics,
                  const EvaluationFacts& facts, std::int64_t limit_batches = 0);

  struct Evaluation {
    std::int64_t epoch = 0;
    std::int64_t iteration = 0;
    Metrics metrics;
  };
  /// All evaluations of the file, in order.
  const std::vector<Evaluation>& evaluations() const { return evaluations_; }
  /// The one of this iteration, or null.
  const Evaluation* evaluation_at(std::int64_t iteration) const;

 private:
  void write(const std::string& line);
  void rewrite(std::int64_t iteration, bool with_its_evaluation);

  std::filesystem::path path_;
  AppendFile file_;
  std::vector<Evaluation> evaluations_;
};

}  // namespace longtail
