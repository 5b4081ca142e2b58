// Mask R-CNN R50-FPN with torchvision's settings, 1,231 outputs, one image: milliseconds of a training step (forward,
// losses, backward, SGD) and of finding objects. bench/peers/mask_rcnn_peer.py does the same with torchvision, from the
// same weights; compare_mask_rcnn.py runs both by turns. LONGTAIL_BENCH_THREADS sets the number of threads (default:
// all).

#include <benchmark/benchmark.h>
#include <longtail/calibration.h>
#include <sys/resource.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "bench/bench_numbers.h"
#include "bench/bench_plugins.h"
#include "core/engine/checkpoint.h"
#include "core/engine/optimizer.h"
#include "core/io/weights.h"
#include "core/models/mask_rcnn.h"
#include "core/system/tuning.h"

namespace longtail {
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
  const Tensor values = (bench::uniform(1, like.numel(), like.numel() % 1009) * 2 - 1).view(like.sizes());
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

std::shared_ptr<MaskRcnn> make_model() {
  Diagnostics diagnostics;
  MaskRcnnConfig config;
  const Catalog& catalog = bench::catalog();
  read_params(settings(), config, "model", &catalog, diagnostics);
  const ComponentSpec loss = catalog.resolve("loss", parse_yaml("softmax", "bench", diagnostics), diagnostics);
  const ComponentSpec paradigm = catalog.resolve("paradigm", parse_yaml("none", "bench", diagnostics), diagnostics);
  diagnostics.throw_if_any();
  LossContext context;
  context.catalog = &catalog;
  context.num_classes = kClasses;
  context.has_background = true;
  auto model = std::make_shared<MaskRcnn>(config, kClasses, catalog, context, loss, paradigm);
  TensorFile theirs = to_torchvision({{}, named_state(*model)});
  for (auto& [name, tensor] : theirs.tensors) tensor = made_up(name, tensor);
  import_into(*model, theirs, {false, "bench"});
  return model;
}

InstanceBatch make_batch(std::int64_t size) {
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
  batch.images = (bench::uniform(3 * size, size, 22).to(at::kFloat).view({1, 3, size, size}) * 4 - 2)
                     .contiguous(at::MemoryFormat::ChannelsLast);
  InputImage input;
  input.height = input.width = input.original_height = input.original_width = size;
  batch.inputs = {input};
  InstanceTargets targets;
  targets.boxes = boxes;
  targets.labels = (bench::uniform(kObjects, 1, 23) * kClasses).to(at::kLong).flatten();
  targets.masks = std::make_shared<InstanceMasks>(set, objects, 1.0, 1.0, false, side);
  batch.targets = {targets};
  return batch;
}

/// Largest resident size so far.
double peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void train_step(benchmark::State& state) {
  const auto model = make_model();
  model->train();
  const InstanceBatch batch = make_batch(state.range(0));
  NamedTensors trained;
  for (const auto& item : model->named_parameters()) {
    if (item.value().requires_grad()) trained.emplace_back(item.key(), item.value());
  }
  OptimizerConfig config;
  config.weight_decay = 1e-4;
  Sgd optimizer(config, trained);
  Rng rng(0, 0);
  const auto step = [&] {
    optimizer.zero_grad();
    Tensor total = at::zeros({});
    for (const auto& [name, value] : model->losses(batch, rng)) total = total + value;
    total.backward();
    optimizer.step(1e-6);  // so small that each step has the same work
  };
  for (int i = 0; i < 2; ++i) step();  // the first ones allocate
  for (auto _ : state) step();
  state.counters["peak_mb"] = peak_megabytes();
}

void detect(benchmark::State& state) {
  const auto model = make_model();
  model->eval();
  const InstanceBatch batch = make_batch(state.range(0));
  const auto calibration = bench::make<Calibration>("none", {});
  std::size_t found = model->detect(batch, *calibration)[0].masks.size();
  for (auto _ : state) found = model->detect(batch, *calibration)[0].masks.size();
  state.counters["detections"] = static_cast<double>(found);
  state.counters["peak_mb"] = peak_megabytes();
}

BENCHMARK(train_step)->Arg(320)->Arg(640)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(detect)->Arg(320)->Arg(640)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace longtail

int main(int argc, char** argv) {
  const char* threads = std::getenv("LONGTAIL_BENCH_THREADS");
  longtail::prepare_process(threads != nullptr ? std::atoi(threads) : 0);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
