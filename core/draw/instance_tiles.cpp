#include "core/draw/instance_tiles.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <longtail/config/suggest.h>
#include <longtail/error.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "core/data/image_root.h"
#include "core/data/picture_size.h"
#include "registry/text/counted.h"

namespace longtail {
namespace {

// Index of the class, -1 for any.
std::int32_t wanted_class(const AnnotationSet& set, const std::string& name) {
  if (name.empty()) return -1;
  std::vector<std::string> names;
  for (const Category& category : set.categories) {
    if (category.name == name) return static_cast<std::int32_t>(names.size());
    names.push_back(category.name);
  }
  throw DataError(fmt::format("no class is called '{}'{}", name, did_you_mean(name, names)));
}

bool has_class(const AnnotationSet& set, const ImageRecord& image, std::int32_t wanted) {
  for (std::int64_t i = image.first_object; i < image.first_object + image.num_objects; ++i) {
    if (wanted < 0 || set.objects[static_cast<std::size_t>(i)].class_index == wanted) return true;
  }
  return false;
}

void require_some(const std::vector<MosaicTile>& tiles, const TileChoice& choice) {
  if (!tiles.empty()) return;
  throw DataError(
      choice.class_name.empty()
          ? "no image has an object: there is nothing to show"
          : fmt::format("no image has an object of class '{}': there is nothing to show", choice.class_name));
}

// An instance of a batch, at the size of the picture.
Rle whole_mask(const InstanceMasks& masks, std::int64_t index, const InputImage& input) {
  const auto height = static_cast<std::int32_t>(input.height), width = static_cast<std::int32_t>(input.width);
  const std::int32_t side = std::max(height, width);
  const float box[4] = {0, 0, static_cast<float>(side), static_cast<float>(side)};
  std::vector<float> cells(static_cast<std::size_t>(side) * side);
  masks.rasterize(index, box, side, cells.data());
  std::vector<std::uint8_t> columns(static_cast<std::size_t>(height) * width);
  for (std::int32_t x = 0; x < width; ++x) {
    for (std::int32_t y = 0; y < height; ++y) {
      columns[static_cast<std::size_t>(x) * height + y] = cells[static_cast<std::size_t>(y) * side + x] >= 0.5f;
    }
  }
  return rle_encode(columns.data(), height, width);
}

MosaicTile served_tile(const InstanceDataset& dataset, const InstanceBatch& batch) {
  const InputImage& input = batch.inputs[0];
  const InstanceTargets& targets = batch.targets[0];
  std::vector<DrawnInstance> drawn;
  for (std::int64_t i = 0; i < targets.labels.size(0); ++i) {
    const float* const box = targets.boxes.data_ptr<float>() + 4 * i;
    DrawnInstance instance;
    instance.label = targets.labels.data_ptr<std::int64_t>()[i];
    instance.name = dataset.annotations().categories[static_cast<std::size_t>(instance.label)].name;
    instance.box = {box[0], box[1], box[2] - box[0], box[3] - box[1]};
    instance.mask = whole_mask(*targets.masks, i, input);
    drawn.push_back(std::move(instance));
  }
  return {draw_instances(dataset.picture(batch, 0), drawn),
          fmt::format("{}x{}{}, {}", input.width, input.height, input.flipped ? " mirrored" : "",
                      counted(drawn.size(), "object"))};
}

}  // namespace

std::vector<MosaicTile> annotated_tiles(const AnnotationSet& set, const std::string& root, const TileChoice& choice,
                                        const ImageOptions& options) {
  const std::int32_t wanted = wanted_class(set, choice.class_name);
  require_file_names(set, "the annotations");
  require_sizes(set, "the annotations", "drawing");
  check_image_root(root, "--root", "the annotations", static_cast<std::int64_t>(set.images.size()),
                   [&](std::int64_t i) { return set.images[static_cast<std::size_t>(i)].file_name; });
  std::vector<std::size_t> order(set.images.size());
  std::iota(order.begin(), order.end(), 0);
  Rng(choice.seed).shuffle(order);
  std::vector<MosaicTile> tiles;
  ImageReader reader(options);
  for (const std::size_t index : order) {
    if (static_cast<std::int64_t>(tiles.size()) == choice.count) break;
    const ImageRecord& image = set.images[index];
    if (!has_class(set, image, wanted)) continue;
    const std::string path = picture_path(root, image.file_name);
    reader.open(path);
    const std::string problem =
        size_problem(reader, image.width, image.height, fmt::format("image {}", to_json(image.key())), "--root");
    if (!problem.empty()) throw DataError(fmt::format("{}: {}", path, problem));
    std::vector<DrawnInstance> drawn;
    for (std::int64_t i = image.first_object; i < image.first_object + image.num_objects; ++i) {
      const ObjectRecord& object = set.objects[static_cast<std::size_t>(i)];
      DrawnInstance instance;
      instance.label = object.class_index;
      instance.name = set.categories[static_cast<std::size_t>(object.class_index)].name;
      if (object.crowd) instance.name += " (crowd)";
      instance.box = object.box;
      instance.mask = set.mask(i);
      drawn.push_back(std::move(instance));
    }
    tiles.push_back({draw_instances(reader.decode(), drawn),
                     fmt::format("{}: {}", image.file_name, counted(drawn.size(), "object"))});
  }
  require_some(tiles, choice);
  return tiles;
}

std::vector<MosaicTile> served_tiles(const InstanceDataset& dataset, std::int64_t epoch,
                                     const std::vector<std::int64_t>& order, const TileChoice& choice) {
  const std::int32_t wanted = wanted_class(dataset.annotations(), choice.class_name);
  std::map<std::int64_t, std::int64_t> copies;
  for (const std::int64_t index : order) ++copies[index];
  std::vector<MosaicTile> tiles;
  for (std::size_t position = 0; position < order.size(); ++position) {
    if (static_cast<std::int64_t>(tiles.size()) == choice.count) break;
    const std::int64_t index = order[position];
    if (!has_class(dataset.annotations(), dataset.image(index), wanted)) continue;
    const InstanceBatch batch = dataset.load({index}, epoch, static_cast<std::int64_t>(position));
    if (batch.inputs.empty()) continue;  // an image that cannot be read and is to be skipped
    MosaicTile tile = served_tile(dataset, batch);
    tile.caption = fmt::format("{}: {}, {} an epoch", dataset.image(index).file_name, tile.caption,
                               copies[index] == 1 ? "once" : fmt::format("{} times", copies[index]));
    tiles.push_back(std::move(tile));
  }
  require_some(tiles, choice);
  return tiles;
}

}  // namespace longtail
