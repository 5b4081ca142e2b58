// Mask R-CNN R50-FPN with torchvision's settings, 1,231 outputs, one image: milliseconds of a training step (forward,
// losses, backward, SGD), also with the iterated box head, and of finding objects. bench/peers/mask_rcnn_peer.py does
// the same with torchvision, from the same weights; compare_mask_rcnn.py runs both by turns. LONGTAIL_BENCH_THREADS
// sets the number of threads (default: all).

#include <benchmark/benchmark.h>
#include <longtail/calibration.h>
#include <sys/resource.h>

#include <string>

#include "bench/bench_main.h"
#include "bench/bench_plugins.h"
#include "bench/mask_rcnn_case.h"
#include "core/system/tuning.h"

namespace longtail {
namespace {

/// Largest resident size so far.
double peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void train_step_of(benchmark::State& state, const std::string& paradigm) {
  bench::TrainingCase training(state.range(0), paradigm);
  for (int i = 0; i < 2; ++i) training.step();  // the first ones allocate
  for (auto _ : state) training.step();
  state.counters["peak_mb"] = peak_megabytes();
}

void train_step(benchmark::State& state) { train_step_of(state, "none"); }
void train_step_iterative(benchmark::State& state) { train_step_of(state, "iterative"); }

void detect(benchmark::State& state) {
  const auto model = bench::mask_rcnn_case();
  model->eval();
  const InstanceBatch batch = bench::mask_rcnn_batch(state.range(0));
  const auto calibration = bench::make<Calibration>("none", {});
  std::size_t found = model->detect(batch, *calibration)[0].masks.size();
  for (auto _ : state) found = model->detect(batch, *calibration)[0].masks.size();
  state.counters["detections"] = static_cast<double>(found);
  state.counters["peak_mb"] = peak_megabytes();
}

BENCHMARK(train_step)->Arg(320)->Arg(640)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(train_step_iterative)->Arg(640)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(detect)->Arg(320)->Arg(640)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace longtail

int main(int argc, char** argv) {
  longtail::prepare_process(longtail::bench::wanted_threads());
  return longtail::bench::run_benchmarks(argc, argv);
}
