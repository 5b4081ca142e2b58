#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "core/engine/hook.h"
#include "core/engine/task.h"

namespace longtail {

/// metrics.jsonl: one JSON object a line, {"kind": "train", ...} for averages over some steps and
/// {"kind": "evaluation", ...} for results.
class MetricsLog {
 public:
  /// Keeps the lines up to `iteration` of an existing file (those after it will be written again), else starts anew.
  MetricsLog(const std::filesystem::path& file, std::int64_t iteration);
  void train(const StepRecord& record);
  void evaluation(const Progress& progress, const std::string& split, const Metrics& metrics,
                  const EvaluationFacts& facts);

 private:
  void write(const std::string& line);

  std::filesystem::path path_;
  std::ofstream stream_;
};

}  // namespace longtail
