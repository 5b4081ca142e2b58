// The operations on boxes and masks. bench/peers/ops_peer.py does the same with torchvision and pycocotools;
// compare_ops.py runs both by turns. LONGTAIL_BENCH_THREADS sets the number of threads (default: all).

#include <ATen/ATen.h>
#include <benchmark/benchmark.h>

#include <cmath>
#include <string>
#include <vector>

#include "bench/bench_main.h"
#include "bench/bench_numbers.h"
#include "core/annotations/rle.h"
#include "core/ops/nms.h"
#include "core/ops/paste_masks.h"
#include "core/ops/roi_align.h"
#include "core/system/tuning.h"

namespace longtail {
namespace {

constexpr double kImage = 640;

struct Pyramid {
  std::vector<at::Tensor> maps;
  std::vector<double> scales;
};

Pyramid pyramid() {
  Pyramid result;
  for (const std::int64_t stride : {4, 8, 16, 32}) {
    const std::int64_t size = static_cast<std::int64_t>(kImage) / stride;
    result.maps.push_back(at::randn({1, 256, size, size}).contiguous(at::MemoryFormat::ChannelsLast).requires_grad_());
    result.scales.push_back(1.0 / static_cast<double>(stride));
  }
  return result;
}

/// Levels as the pyramid's rule says: floor(4 + log2(sqrt(area) / 224)), from 2 to 5.
at::Tensor levels_of(const at::Tensor& boxes) {
  const at::Tensor side =
      ((boxes.select(1, 2) - boxes.select(1, 0)) * (boxes.select(1, 3) - boxes.select(1, 1))).sqrt();
  return ((side / 224 + 1e-6).log2() + 4).floor().clamp(2, 5).to(at::kLong) - 2;
}

void roi_align_step(benchmark::State& state, std::int64_t count, const RoiAlignOptions& options, bool backward) {
  at::manual_seed(0);
  const Pyramid pyr = pyramid();
  const at::Tensor boxes = bench::boxes(count, kImage, 16, 500, 1), levels = levels_of(boxes);
  const at::Tensor rois = at::cat({at::zeros({count, 1}), boxes}, 1);
  for (auto _ : state) {
    const at::Tensor out = roi_align(pyr.maps, pyr.scales, rois, levels, options);
    if (backward) out.backward(at::ones_like(out));
    state.PauseTiming();
    for (at::Tensor map : pyr.maps) map.mutable_grad() = at::Tensor();
    state.ResumeTiming();
  }
}

void nms_classes(benchmark::State& state) {
  const std::int64_t count = state.range(0);
  const at::Tensor boxes = bench::boxes(count, kImage, 16, 500, 2), scores = bench::uniform(count, 1, 3).to(at::kFloat);
  const at::Tensor labels = (bench::uniform(count, 1, 4) * 1231).to(at::kLong).flatten();
  for (auto _ : state) benchmark::DoNotOptimize(batched_nms(boxes, scores.flatten(), labels, 0.5));
}

/// 2,000 proposals a level, all there are on the coarse ones.
void nms_levels(benchmark::State& state) {
  std::vector<at::Tensor> boxes, labels;
  std::int64_t level = 0;
  for (const std::int64_t count : {2000, 2000, 2000, 1200, 300}) {
    const double side = 32.0 * std::pow(2.0, static_cast<double>(level));
    boxes.push_back(bench::boxes(count, kImage, side / 2, side * 2, 10 + level));
    labels.push_back(at::full({count}, level++, at::kLong));
  }
  const at::Tensor all = at::cat(boxes), scores = bench::uniform(all.size(0), 1, 5).to(at::kFloat).flatten();
  for (auto _ : state) benchmark::DoNotOptimize(batched_nms(all, scores, at::cat(labels), 0.7));
}

void paste(benchmark::State& state, PasteMode mode) {
  const at::Tensor boxes = bench::boxes(300, 480, 20, 400, 6);
  // Blobs: about the middle half of each box is set.
  const at::Tensor axis = at::linspace(-1, 1, 28), blob = (-2 * (axis.view({28, 1}).square() + axis.square())).exp();
  const at::Tensor masks = (blob + 0.2 * (bench::uniform(300, 784, 7).to(at::kFloat).view({300, 28, 28}) - 0.5));
  for (auto _ : state) {
    for (const Rle& mask : paste_masks(masks, boxes, 480, 640, 0.5, mode))
      benchmark::DoNotOptimize(rle_to_string(mask));
  }
}

constexpr RoiAlignOptions kTorchvisionBoxes{7, 2, false}, kMmdetectionBoxes{7, 0, true}, kMmdetectionMasks{14, 0, true};

BENCHMARK_CAPTURE(roi_align_step, sampling2_forward, 512, kTorchvisionBoxes, false)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(roi_align_step, sampling2, 512, kTorchvisionBoxes, true)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(roi_align_step, adaptive_forward, 512, kMmdetectionBoxes, false)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(roi_align_step, adaptive, 512, kMmdetectionBoxes, true)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(roi_align_step, masks, 128, kMmdetectionMasks, true)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(nms_classes)->Arg(1000)->Arg(10000)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(nms_levels)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(paste, corners, PasteMode::corners)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(paste, grid, PasteMode::grid)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace longtail

int main(int argc, char** argv) {
  longtail::prepare_process(longtail::bench::wanted_threads());
  return longtail::bench::run_benchmarks(argc, argv);
}
