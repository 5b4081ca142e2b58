#include "core/data/classification_dataset.h"

#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/data/class_stats.h"
#include "core/data/loader.h"

namespace longtail {

ClassificationDataset::ClassificationDataset(Options options, std::shared_ptr<const Transform> transform)
    : options_(std::move(options)),
      list_(read_image_list(options_.list, options_.num_classes)),
      transform_(std::move(transform)) {
  check_root();
  if (!options_.class_names.empty()) {
    class_names_ = read_class_names(options_.class_names, num_classes());
  } else {
    for (std::int64_t label = 0; label < num_classes(); ++label) class_names_.push_back(std::to_string(label));
  }
}

// A wrong root must not look like a list of unreadable pictures, least of all under `bad_image: skip`.
void ClassificationDataset::check_root() const {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (!fs::is_directory(options_.root, ignored)) {
    throw DataError(
        fmt::format("{}: the data folder does not exist; set data.root to the folder that the paths in {} "
                    "start from",
                    options_.root, list_.file));
  }
  const std::int64_t tried = std::min<std::int64_t>(size(), 16);
  for (std::int64_t i = 0; i < tried; ++i) {
    if (fs::exists(fs::path(options_.root) / list_.paths[i], ignored)) return;
  }
  throw DataError(
      fmt::format("{}: no '{}' in it, nor any other of the first {} pictures of {}; set data.root to the "
                  "folder that the list's paths start from",
                  options_.root, list_.paths[0], tried, list_.file));
}

std::vector<std::int64_t> ClassificationDataset::class_counts() const {
  return count_classes(list_.labels, num_classes());
}

DatasetStatistics ClassificationDataset::statistics() const {
  DatasetStatistics statistics;
  statistics.num_classes = num_classes();
  statistics.classes_of_sample.reserve(list_.labels.size());
  for (const std::int64_t label : list_.labels) statistics.classes_of_sample.push_back({label});
  statistics.instance_counts = statistics.image_counts = class_counts();
  return statistics;
}

ClassificationBatch ClassificationDataset::load(const std::vector<std::int64_t>& indices, std::int64_t epoch,
                                                std::int64_t first_position) const {
  const std::int64_t side = transform_->size();
  const std::int64_t stride = 3 * side * side;
  const auto count = static_cast<std::int64_t>(indices.size());
  ClassificationBatch batch;
  batch.images = at::empty({count, 3, side, side}, at::kFloat);
  batch.labels = at::empty({count}, at::kLong);
  batch.indices.reserve(indices.size());
  float* out = batch.images.data_ptr<float>();
  std::int64_t* labels = batch.labels.data_ptr<std::int64_t>();
  ImageReader reader;
  for (std::int64_t i = 0; i < count && !OrderedWorkers::stopping(); ++i) {
    const std::int64_t index = indices[i];
    try {
      reader.open(options_.root + '/' + list_.paths[index]);
      if (options_.training) {
        Rng rng(options_.seed, static_cast<std::uint64_t>(epoch), static_cast<std::uint64_t>(first_position + i));
        transform_->train(reader, rng, out);
      } else {
        transform_->test(reader, out);
      }
    } catch (const DataError& error) {
      if (options_.bad_image == BadImage::stop) throw;
      ++batch.skipped;
      batch.problems.emplace_back(error.what());
      continue;
    }
    out += stride;
    *labels++ = list_.labels[index];
    batch.indices.push_back(index);
  }
  if (batch.skipped > 0) {
    batch.images = batch.images.narrow(0, 0, count - batch.skipped);
    batch.labels = batch.labels.narrow(0, 0, count - batch.skipped);
  }
  return batch;
}

}  // namespace longtail
