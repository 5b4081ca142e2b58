#pragma once

#include <longtail/module.h>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "core/data/instance_batch.h"
#include "tests/support/annotation_builder.h"

namespace longtail::testing {

/// A filled rectangle; its class decides its colour.
struct DrawnBox {
  std::int32_t label = 0;
  double x1 = 0, y1 = 0, x2 = 0, y2 = 0;
};
using DrawnImage = std::vector<DrawnBox>;

inline InstanceTargets targets_of(const DrawnImage& boxes, std::int32_t size) {
  AnnotationBuilder builder;
  builder.image(1, size, size);
  std::vector<std::int64_t> objects, labels;
  std::vector<double> corners;
  for (const DrawnBox& box : boxes) {
    builder.object(box.label, {box.x1, box.y1, box.x2 - box.x1, box.y2 - box.y1})
        .polygons({{box.x1, box.y1, box.x2, box.y1, box.x2, box.y2, box.x1, box.y2}});
    objects.push_back(static_cast<std::int64_t>(objects.size()));
    labels.push_back(box.label);
    corners.insert(corners.end(), {box.x1, box.y1, box.x2, box.y2});
  }
  InstanceTargets targets;
  targets.boxes = at::tensor(corners, at::kFloat).view({-1, 4});
  targets.labels = at::tensor(labels, at::kLong);
  targets.masks = std::make_shared<InstanceMasks>(builder.set(), objects, 1.0, 1.0, false, size);
  return targets;
}

/// Square images of `size` pixels with a faint texture, and their ground truth.
inline InstanceBatch draw(const std::vector<DrawnImage>& images, std::int32_t size) {
  InstanceBatch batch;
  const auto count = static_cast<std::int64_t>(images.size());
  batch.images = (at::arange(count * 3 * size * size, at::kFloat) * 1.7).sin().view({count, 3, size, size}) * 0.1;
  for (std::int64_t b = 0; b < count; ++b) {
    for (const DrawnBox& box : images[static_cast<std::size_t>(b)]) {
      const auto inside = batch.images[b]
                              .slice(1, static_cast<std::int64_t>(box.y1), static_cast<std::int64_t>(box.y2))
                              .slice(2, static_cast<std::int64_t>(box.x1), static_cast<std::int64_t>(box.x2));
      inside[box.label % 3].add_(2.0);
    }
    InputImage input;
    input.index = b;
    input.padded_height = input.padded_width = size;
    input.height = input.width = input.original_height = input.original_width = size;
    batch.inputs.push_back(input);
    batch.targets.push_back(targets_of(images[static_cast<std::size_t>(b)], size));
  }
  return batch;
}

}  // namespace longtail::testing
