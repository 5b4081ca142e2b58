#pragma once

#include <longtail/export.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace longtail {

/// The confusion matrix that a loss has learned: entry (i, j), row-major, is the mean probability that objects of class
/// i are given for class j (row = ground truth, column = prediction; over EQL v2 a running mean of sigmoids, whose rows
/// do not sum to 1). Rows of classes never seen are 0.
struct LearnedConfusion {
  std::vector<std::string> names;  // [C]
  std::vector<double> values;      // [C * C]

  std::int64_t size() const { return static_cast<std::int64_t>(names.size()); }
  double at(std::int64_t truth, std::int64_t prediction) const {
    return values[static_cast<std::size_t>(truth * size() + prediction)];
  }
};

struct ConfusedPair {
  std::int64_t truth = 0;
  std::int64_t prediction = 0;
  double value = 0;
};

/// The `count` largest entries off the diagonal, largest first, equal ones by class.
LONGTAIL_API std::vector<ConfusedPair> worst_pairs(const LearnedConfusion& confusion, std::int64_t count);

/// Writes into `folder`: learned_confusion.csv, the matrix with names; learned_confusion.png, a heat map with the worst
/// pairs named beside it; confused_pairs.csv, the 100 worst. What a partial run has learned is named so:
/// learned_confusion.partial.csv and so on (output_name()).
LONGTAIL_API void write_learned_confusion(const LearnedConfusion& confusion, const std::filesystem::path& folder,
                                          bool partial = false);

}  // namespace longtail
