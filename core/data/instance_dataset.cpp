#include "core/data/instance_dataset.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/data/image_root.h"
#include "core/data/loader.h"
#include "core/data/picture_size.h"

namespace longtail {
InstanceDataset::InstanceDataset(Options options, std::shared_ptr<const AnnotationSet> annotations,
                                 InstanceTransform transform)
    : options_(std::move(options)), annotations_(std::move(annotations)), transform_(std::move(transform)) {
  require_file_names(*annotations_, options_.annotations);
  if (options_.training) require_sizes(*annotations_, options_.annotations, "training");
  const bool need_objects = options_.training && options_.filter_empty;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(annotations_->images.size()); ++i) {
    images_.push_back(i);
    if (need_objects && objects(size() - 1).empty()) images_.pop_back();
  }
  if (images_.empty() && options_.training) {
    const std::string why = to_string(left_out());
    throw DataError(fmt::format("{}: no image has an object to learn from; training needs some{}{}",
                                options_.annotations, why.empty() ? "" : ". ", why));
  }
  check_image_root(options_.root, options_.root_setting, options_.annotations, size(),
                   [this](std::int64_t i) { return image(i).file_name; });
}

const ImageRecord& InstanceDataset::image(std::int64_t index) const {
  return annotations_->images[static_cast<std::size_t>(images_[static_cast<std::size_t>(index)])];
}

std::string InstanceDataset::path(std::int64_t index) const {
  return picture_path(options_.root, image(index).file_name);
}

UsualSides InstanceDataset::usual_sides() const {
  std::vector<std::pair<double, std::int64_t>> scales;  // with the short side
  for (std::int64_t i = 0; i < size(); ++i) {
    const ImageRecord& record = image(i);
    if (record.width == 0 || record.height == 0) continue;
    scales.emplace_back(transform_.usual_scale(record.height, record.width), std::min(record.height, record.width));
  }
  if (scales.empty()) return {};
  const auto middle = scales.begin() + static_cast<std::ptrdiff_t>(scales.size() / 2);
  std::nth_element(scales.begin(), middle, scales.end());
  const auto [scale, side] = *middle;
  return {side, std::llround(scale * static_cast<double>(side))};
}

std::vector<std::string> InstanceDataset::class_names() const {
  std::vector<std::string> names;
  for (const Category& category : annotations_->categories) names.push_back(category.name);
  return names;
}

LeftOutCounts InstanceDataset::left_out() const { return count_left_out(*annotations_, options_.min_box_side); }

std::vector<std::int64_t> InstanceDataset::objects(std::int64_t index) const {
  const ImageRecord& record = image(index);
  std::vector<std::int64_t> found;
  for (std::int64_t i = record.first_object; i < record.first_object + record.num_objects; ++i) {
    const ObjectRecord& object = annotations_->objects[static_cast<std::size_t>(i)];
    if (longtail::left_out(object, record, options_.min_box_side) == LeftOut::no) found.push_back(i);
  }
  return found;
}

DatasetStatistics InstanceDataset::statistics() const {
  DatasetStatistics statistics;
  statistics.num_classes = num_classes();
  statistics.instance_counts.resize(annotations_->categories.size());
  statistics.image_counts.resize(annotations_->categories.size());
  for (std::int64_t i = 0; i < size(); ++i) {
    std::vector<std::int64_t> classes;
    for (const std::int64_t object : objects(i)) {
      classes.push_back(annotations_->objects[static_cast<std::size_t>(object)].class_index);
      ++statistics.instance_counts[static_cast<std::size_t>(classes.back())];
    }
    std::sort(classes.begin(), classes.end());
    classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
    for (const std::int64_t c : classes) ++statistics.image_counts[static_cast<std::size_t>(c)];
    statistics.classes_of_sample.push_back(std::move(classes));
  }
  return statistics;
}

InstanceDataset::Loaded InstanceDataset::load_picture(ImageReader& reader, std::int64_t index, std::int64_t epoch,
                                                      std::int64_t position) const {
  const ImageRecord& record = image(index);
  reader.open(path(index));
  const std::string problem =
      size_problem(reader, record.width, record.height,
                   fmt::format("image {} of {}", to_json(record.key()), options_.annotations), options_.root_setting);
  if (!problem.empty()) {
    throw DataError(
        fmt::format("{}: {}, or leave such pictures out with 'data.bad_image: skip'", path(index), problem));
  }
  Loaded loaded;
  if (options_.training) {
    Rng rng(options_.seed, static_cast<std::uint64_t>(epoch), static_cast<std::uint64_t>(position));
    loaded.view = transform_.train_view(reader.height(), reader.width(), rng);
  } else {
    loaded.view = transform_.test_view(reader.height(), reader.width());
  }
  loaded.picture = transform_.scale(reader, loaded.view);
  loaded.input.index = index;
  loaded.input.height = loaded.view.height;
  loaded.input.width = loaded.view.width;
  loaded.input.padded_height = transform_.padded(loaded.view.height);
  loaded.input.padded_width = transform_.padded(loaded.view.width);
  loaded.input.original_height = reader.height();
  loaded.input.original_width = reader.width();
  loaded.input.scale_x = loaded.view.scale_x;
  loaded.input.scale_y = loaded.view.scale_y;
  loaded.input.flipped = loaded.view.flip;
  return loaded;
}

InstanceTargets InstanceDataset::targets(const InputImage& input) const {
  const std::vector<std::int64_t> used = objects(input.index);
  const auto count = static_cast<std::int64_t>(used.size());
  const auto width = static_cast<double>(input.width);
  InstanceTargets targets;
  targets.boxes = at::empty({count, 4}, at::kFloat);
  targets.labels = at::empty({count}, at::kLong);
  float* box = targets.boxes.data_ptr<float>();
  std::int64_t* label = targets.labels.data_ptr<std::int64_t>();
  for (const std::int64_t index : used) {
    const ObjectRecord& object = annotations_->objects[static_cast<std::size_t>(index)];
    const Corners corners = clipped(object.box, image(input.index));
    const double x1 = corners.x1 * input.scale_x, x2 = corners.x2 * input.scale_x;
    *box++ = static_cast<float>(input.flipped ? width - x2 : x1);
    *box++ = static_cast<float>(corners.y1 * input.scale_y);
    *box++ = static_cast<float>(input.flipped ? width - x1 : x2);
    *box++ = static_cast<float>(corners.y2 * input.scale_y);
    *label++ = object.class_index;
  }
  targets.masks =
      std::make_shared<InstanceMasks>(*annotations_, used, input.scale_x, input.scale_y, input.flipped, width);
  return targets;
}

void InstanceDataset::assemble(const std::vector<Loaded>& loaded, InstanceBatch& batch) const {
  std::int64_t height = transform_.padded(1), width = height;
  for (const Loaded& one : loaded) {
    height = std::max(height, transform_.padded(one.view.height));
    width = std::max(width, transform_.padded(one.view.width));
  }
  batch.images = at::empty({static_cast<std::int64_t>(loaded.size()), 3, height, width}, at::kFloat);
  float* out = batch.images.data_ptr<float>();
  for (const Loaded& one : loaded) {
    transform_.write(one.picture, one.view, height, width, out);
    out += 3 * height * width;
    batch.inputs.push_back(one.input);
    if (options_.training) batch.targets.push_back(targets(one.input));
  }
}

InstanceBatch InstanceDataset::load(const std::vector<std::int64_t>& indices, std::int64_t epoch,
                                    std::int64_t first_position) const {
  InstanceBatch batch;
  std::vector<Loaded> loaded;
  loaded.reserve(indices.size());
  ImageReader reader(options_.images);
  for (std::size_t i = 0; i < indices.size() && !OrderedWorkers::stopping(); ++i) {
    try {
      loaded.push_back(load_picture(reader, indices[i], epoch, first_position + static_cast<std::int64_t>(i)));
      if (!reader.warning().empty()) batch.warnings.push_back(reader.warning());
    } catch (const DataError& error) {
      if (options_.bad_image == BadImage::stop) throw;
      ++batch.skipped;
      batch.problems.emplace_back(error.what());
    }
  }
  assemble(loaded, batch);
  return batch;
}

Image InstanceDataset::picture(const InstanceBatch& batch, std::int64_t i) const {
  const InputImage& input = batch.inputs[static_cast<std::size_t>(i)];
  const at::Tensor planes = batch.images[i].contiguous();
  return transform_.restore(planes.data_ptr<float>(), planes.size(1), planes.size(2), static_cast<int>(input.height),
                            static_cast<int>(input.width));
}

}  // namespace longtail
