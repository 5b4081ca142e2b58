#include "core/evaluation/learned_confusion.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/evaluation/confusion_map.h"
#include "core/evaluation/csv.h"
#include "core/evaluation/output_name.h"
#include "core/io/atomic_file.h"

namespace longtail {
namespace {

std::string matrix_csv(const LearnedConfusion& confusion) {
  std::string csv = "truth";
  for (const std::string& name : confusion.names) csv += "," + csv_field(name);
  csv += "\n";
  for (std::int64_t i = 0; i < confusion.size(); ++i) {
    csv += csv_field(confusion.names[static_cast<std::size_t>(i)]);
    for (std::int64_t j = 0; j < confusion.size(); ++j) csv += fmt::format(",{:.6g}", confusion.at(i, j));
    csv += "\n";
  }
  return csv;
}

std::string pairs_csv(const LearnedConfusion& confusion) {
  std::string csv = "truth,taken_for,mean_probability\n";
  for (const ConfusedPair& pair : worst_pairs(confusion, 100)) {
    csv += fmt::format("{},{},{:.6g}\n", csv_field(confusion.names[static_cast<std::size_t>(pair.truth)]),
                       csv_field(confusion.names[static_cast<std::size_t>(pair.prediction)]), pair.value);
  }
  return csv;
}

}  // namespace

std::vector<ConfusedPair> worst_pairs(const LearnedConfusion& confusion, std::int64_t count) {
  std::vector<ConfusedPair> pairs;
  for (std::int64_t i = 0; i < confusion.size(); ++i) {
    for (std::int64_t j = 0; j < confusion.size(); ++j) {
      if (i != j && confusion.at(i, j) > 0) pairs.push_back({i, j, confusion.at(i, j)});
    }
  }
  const auto kept = static_cast<std::ptrdiff_t>(std::min<std::size_t>(pairs.size(), static_cast<std::size_t>(count)));
  std::partial_sort(pairs.begin(), pairs.begin() + kept, pairs.end(), [](const ConfusedPair& a, const ConfusedPair& b) {
    if (a.value != b.value) return a.value > b.value;
    return a.truth != b.truth ? a.truth < b.truth : a.prediction < b.prediction;
  });
  pairs.resize(static_cast<std::size_t>(kept));
  return pairs;
}

void write_learned_confusion(const LearnedConfusion& confusion, const std::filesystem::path& folder, bool partial) {
  std::filesystem::create_directories(folder);
  const std::string matrix = matrix_csv(confusion), pairs = pairs_csv(confusion),
                    picture = confusion_map_png(confusion);
  write_file_atomically(folder / output_name("learned_confusion", "csv", partial), {matrix}, Links::refuse);
  write_file_atomically(folder / output_name("confused_pairs", "csv", partial), {pairs}, Links::refuse);
  write_file_atomically(folder / output_name("learned_confusion", "png", partial), {picture}, Links::refuse);
}

}  // namespace longtail
