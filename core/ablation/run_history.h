#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace longtail {

/// What a run folder tells about the course of its training.
struct RunHistory {
  using Curve = std::vector<std::pair<double, double>>;

  Curve loss;                                              // epochs, total loss
  Curve learning_rate;                                     // epochs, rate
  std::vector<std::pair<std::string, Curve>> evaluations;  // by metric, "accuracy/few": epochs, fraction

  /// The curve of a metric as column_pointer() names it ("/metrics/accuracy/few"), empty when there is none.
  Curve evaluation(const std::string& pointer) const;
};

/// Reads metrics.jsonl; lines that cannot be read are passed over.
RunHistory read_history(const std::filesystem::path& run_folder);

struct ClassScores {
  std::string measure;                             // accuracy, or AP (of masks where there are any)
  std::vector<std::pair<double, double>> classes;  // training images, score (a fraction) of those that could be tested
  bool uncounted = false;                          // there are scores of classes whose training images are not known
};

/// STEM.ENDING, or STEM.partial.ENDING of a run that has only that.
std::filesystem::path output_file(const std::filesystem::path& run_folder, const std::string& stem,
                                  const std::string& ending);

/// per_class.csv or per_class.partial.csv.
std::filesystem::path per_class_file(const std::filesystem::path& run_folder);

/// From that file; empty without it.
ClassScores read_class_scores(const std::filesystem::path& run_folder);

/// Classes in at most `groups` groups of about equal size, by falling frequency: means of both numbers.
std::vector<std::pair<double, double>> grouped_by_count(std::vector<std::pair<double, double>> classes,
                                                        std::size_t groups);

}  // namespace longtail
