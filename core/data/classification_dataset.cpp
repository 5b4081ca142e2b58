#include "core/data/classification_dataset.h"

#include <longtail/error.h>

#include <algorithm>
#include <utility>

#include "core/data/class_stats.h"
#include "core/data/image_root.h"
#include "core/data/loader.h"

namespace longtail {

ClassificationDataset::ClassificationDataset(Options options, std::shared_ptr<const Transform> transform)
    : options_(std::move(options)),
      list_(read_image_list(options_.list, options_.num_classes)),
      transform_(std::move(transform)) {
  check_image_root(options_.root, "data.root", list_.file, size(),
                   [this](std::int64_t i) { return list_.paths[static_cast<std::size_t>(i)]; });
  if (!options_.class_names.empty()) {
    class_names_ = read_class_names(options_.class_names, num_classes());
  } else {
    for (std::int64_t label = 0; label < num_classes(); ++label) class_names_.push_back(std::to_string(label));
  }
}

std::string ClassificationDataset::path(std::int64_t index) const {
  return picture_path(options_.root, list_.paths[static_cast<std::size_t>(index)]);
}

UsualSides ClassificationDataset::usual_sides() const {
  constexpr std::int64_t kOpened = 9;
  std::vector<int> sides;
  ImageReader reader(options_.images);
  for (std::int64_t i = 0; i < std::min(kOpened, size()); ++i) {
    try {
      reader.open(path(i * size() / std::min(kOpened, size())));
      sides.push_back(std::min(reader.height(), reader.width()));
    } catch (const DataError&) {  // told when it is loaded
    }
  }
  if (sides.empty()) return {};
  const auto middle = sides.begin() + static_cast<std::ptrdiff_t>(sides.size() / 2);
  std::nth_element(sides.begin(), middle, sides.end());
  return {*middle, transform_->size()};
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
  ImageReader reader(options_.images);
  for (std::int64_t i = 0; i < count && !OrderedWorkers::stopping(); ++i) {
    const std::int64_t index = indices[i];
    try {
      reader.open(path(index));
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
    if (!reader.warning().empty()) batch.warnings.push_back(reader.warning());
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
