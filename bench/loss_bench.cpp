// What pcb costs beside the loss it wraps: forward, reduction and backward at N = 1024, as many positives as samples (the
// worst case; a detection head has a quarter). Compare softmax/C with pcb/C.

#include <cstdlib>
#include <string>
#include <thread>

#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>

#include <longtail/loss.h>

#include "bench/bench_plugins.h"

namespace longtail {
namespace {

void loss_step(benchmark::State& state, const std::string& text) {
  const std::int64_t classes = state.range(0), samples = 1024;
  LossContext context;
  context.catalog = &bench::catalog();
  context.num_classes = classes;
  const auto loss = bench::make<Loss>(text, context);
  at::manual_seed(0);
  // Every class once, so that pcb is past its waiting.
  loss->forward(LossInput(at::randn({classes, classes}), at::arange(classes, at::kLong), classes));
  Tensor logits = at::randn({samples, classes}).requires_grad_();
  const Tensor labels = at::randint(classes, {samples}, at::kLong);
  for (auto _ : state) {
    logits.mutable_grad() = Tensor();
    const LossInput input(logits, labels, classes);
    reduce(loss->forward(input), input)[0].second.backward();
  }
  state.SetItemsProcessed(state.iterations() * samples);
}

BENCHMARK_CAPTURE(loss_step, softmax, "softmax")->Arg(1000)->Arg(1230)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(loss_step, pcb, "{type: pcb, base: softmax, alpha: 0.4}")
    ->Arg(1000)
    ->Arg(1230)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace longtail

int main(int argc, char** argv) {
  const char* threads = std::getenv("LONGTAIL_BENCH_THREADS");
  at::set_num_threads(threads != nullptr ? std::atoi(threads) : static_cast<int>(std::thread::hardware_concurrency()));
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
