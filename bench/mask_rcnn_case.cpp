#include "bench/mask_rcnn_case.h"

#include <cmath>
#include <fstream>
#include <iterator>
#include <string>

#include "bench/bench_numbers.h"
#include "bench/bench_plugins.h"
#include "core/engine/checkpoint.h"
#include "core/io/weights.h"

namespace longtail::bench {
namespace {

constexpr std::int64_t kClasses = 1230;
constexpr std::int64_t kObjects = 20;

Node settings() {
  const std::string path = LONGTAIL_BENCH_CONFIG_DIR "/models/mask_rcnn_r50_fpn_torchvision.yaml";
  std::ifstream in(path);
  Diagnostics diagnostics;
  const Node root = parse_yaml(std::string(std::istreambuf_iterator<char>(in), {}), path, diagnostics);
  diagnostics.throw_if_any();
  return *root.find("model");
}

/// Numbers that do not depend on names or order, spread so that the network finds something. As the peer's.
Tensor made_up(const std::string& name, const Tensor& like) {
  const bool has = like.dim() > 1;
  const double fan_in = has ? static_cast<double>(like[0].numel()) : 1;
  const auto contains = [&](const char* part) { return name.find(part) != std::string::npos; };
  const Tensor values = (uniform(1, like.numel(), like.numel() % 1009) * 2 - 1).view(like.sizes());
  if (!has) {
    const bool one = contains("bn") || contains("downsample.1");
    const double offset = !one ? 0 : contains("bn3.weight") ? 0.4 : contains("weight") || contains("var") ? 1 : 0;
    return (values * 0.1 + offset).to(at::kFloat);
  }
  const double gain = contains("rpn.head.bbox_pred") ? 0.05
                      : contains("bbox_pred")        ? 0.3
                      : contains("cls_score")        ? 3
                      : contains("fpn")              ? 0.3
                                                     : 1;
  return (values * (gain * std::sqrt(6 / fan_in))).to(at::kFloat);
}

}  // namespace

std::shared_ptr<MaskRcnn> mask_rcnn_case(const std::string& paradigm_text) {
  Diagnostics diagnostics;
  MaskRcnnConfig config;
  const Catalog& plugins = catalog();
  read_params(settings(), config, "model", &plugins, diagnostics);
  const ComponentSpec loss = plugins.resolve("loss", parse_yaml("softmax", "bench", diagnostics), diagnostics);
  const ComponentSpec paradigm =
      plugins.resolve("paradigm", parse_yaml(paradigm_text, "bench", diagnostics), diagnostics);
  diagnostics.throw_if_any();
  LossContext context;
  context.catalog = &plugins;
  context.num_classes = kClasses;
  context.has_background = true;
  auto model = std::make_shared<MaskRcnn>(config, kClasses, plugins, context, loss, paradigm);
  TensorFile theirs = to_torchvision({{}, named_state(*model)});
  for (auto& [name, tensor] : theirs.tensors) tensor = made_up(name, tensor);
  import_into(*model, theirs, {false, "bench"});
  return model;
}

InstanceBatch mask_rcnn_batch(std::int64_t size) {
  AnnotationSet set;
  set.images.emplace_back();
  std::vector<std::int64_t> objects;
  const auto side = static_cast<double>(size);
  const Tensor boxes = bench::boxes(kObjects, side, side / 10, side / 2, 21);
  for (std::int64_t i = 0; i < kObjects; ++i) {
    const Tensor b = boxes[i].to(at::kDouble);
    const double x1 = b[0].item<double>(), y1 = b[1].item<double>(), x2 = b[2].item<double>(), y2 = b[3].item<double>();
    for (const double value : {x1, y1, x2, y1, x2, y2, x1, y2}) set.coordinates.push_back(value);
    set.polygon_ends.push_back(static_cast<std::int64_t>(set.coordinates.size()));
    set.objects.emplace_back();
    set.objects.back().segmentation = {SegmentationRef::Form::polygons, i, i + 1};
    objects.push_back(i);
  }
  InstanceBatch batch;
  batch.images = (uniform(3 * size, size, 22).to(at::kFloat).view({1, 3, size, size}) * 4 - 2)
                     .contiguous(at::MemoryFormat::ChannelsLast);
  InputImage input;
  input.height = input.width = input.original_height = input.original_width = size;
  batch.inputs = {input};
  InstanceTargets targets;
  targets.boxes = boxes;
  targets.labels = (uniform(kObjects, 1, 23) * kClasses).to(at::kLong).flatten();
  targets.masks = std::make_shared<InstanceMasks>(set, objects, 1.0, 1.0, false, side);
  batch.targets = {targets};
  return batch;
}

TrainingCase::TrainingCase(std::int64_t size, const std::string& paradigm)
    : model_(mask_rcnn_case(paradigm)), batch_(mask_rcnn_batch(size)) {
  model_->train();
  NamedTensors trained;
  for (const auto& item : model_->named_parameters()) {
    if (item.value().requires_grad()) trained.emplace_back(item.key(), item.value());
  }
  OptimizerConfig config;
  config.weight_decay = 1e-4;
  optimizer_ = std::make_unique<Sgd>(config, trained);
}

void TrainingCase::step() {
  optimizer_->zero_grad();
  Tensor total = at::zeros({});
  for (const auto& [name, value] : model_->losses(batch_, rng_)) total = total + value;
  total.backward();
  optimizer_->step(1e-6);  // so small that each step has the same work
}

}  // namespace longtail::bench
