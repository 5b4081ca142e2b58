#pragma once

#include <longtail/calibration.h>

#include <memory>
#include <string>
#include <vector>

#include "core/models/mask_rcnn.h"
#include "tests/support/plugins.h"

namespace longtail::testing {

inline const Catalog& detection_catalog() {
  static const Catalog catalog = catalog_of({"resnet", "softmax", "bsce", "eql_v2", "seesaw", "pcb", "paradigm_none",
                                             "iterative", "rm", "calibration_none", "mean_score"});
  return catalog;
}

/// A model of three stages (strides 1, 2 and 4) for images of some 64 pixels.
inline constexpr const char* kSmallModel = R"(
backbone: {type: resnet, depth: 20, stem: cifar}
fpn: {channels: 16, levels: 4}
rpn: {samples: 64, train: {per_level: 200, per_image: 100}, test: {per_level: 200, per_image: 100}}
roi: {samples: 32, finest_scale: 14}
box_head: {channels: 32}
mask_head: {convs: 1, channels: 16}
)";

struct ModelOptions {
  std::string model = kSmallModel;
  std::string loss = "softmax";
  std::string paradigm = "none";
  std::int64_t num_classes = 3;
};

inline std::shared_ptr<MaskRcnn> make_mask_rcnn(const ModelOptions& options) {
  const Catalog& catalog = detection_catalog();
  Diagnostics diagnostics;
  MaskRcnnConfig config;
  read_params(yaml(options.model), config, "model", &catalog, diagnostics);
  const ComponentSpec loss = catalog.resolve("loss", yaml(options.loss), diagnostics);
  const ComponentSpec paradigm = catalog.resolve("paradigm", yaml(options.paradigm), diagnostics);
  diagnostics.throw_if_any();
  LossContext context;
  context.catalog = &catalog;
  context.num_classes = options.num_classes;
  context.has_background = true;
  context.instance_counts.assign(static_cast<std::size_t>(options.num_classes), 10);
  context.image_counts = context.instance_counts;
  at::manual_seed(0);
  auto model = std::make_shared<MaskRcnn>(config, options.num_classes, catalog, context, loss, paradigm);
  model->train();
  return model;
}

inline std::shared_ptr<Calibration> no_calibration() {
  return make<Calibration>(detection_catalog(), "none", CalibrationContext{});
}

inline Tensor total(const std::vector<std::pair<std::string, Tensor>>& losses) {
  Tensor sum = at::zeros({});
  for (const auto& [name, value] : losses) sum = sum + value;
  return sum;
}

}  // namespace longtail::testing
