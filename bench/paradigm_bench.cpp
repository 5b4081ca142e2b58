// What the paradigms cost: forward and backward of a box head of LVIS (512 proposals of 256x7x7, two hidden layers of
// 1024, 1,231 logits, 4,920 deltas) applied once, refined, and iterated three times. By the count of multiplications
// the last is 3.33 single heads; it shall cost at most a tenth more. mask_rcnn_bench has the whole training step.

#include <benchmark/benchmark.h>
#include <longtail/paradigm.h>

#include <string>

#include "bench/bench_main.h"
#include "bench/bench_plugins.h"
#include "core/system/tuning.h"

namespace longtail {
namespace {

constexpr std::int64_t kProposals = 512, kChannels = 256, kSize = 7, kHidden = 1024, kLogits = 1231, kDeltas = 4920;

constexpr std::int64_t kFeatures = kChannels * kSize * kSize;

struct BoxHead {
  Tensor first = weight(kHidden, kFeatures);
  Tensor second = weight(kHidden, kHidden);
  Tensor classifier = weight(kLogits, kHidden), regressor = weight(kDeltas, kHidden);

  static Tensor weight(std::int64_t rows, std::int64_t columns) {
    return (0.01 * at::randn({rows, columns})).requires_grad_();
  }

  HeadOutput operator()(const Tensor& features) const {
    HeadOutput output;
    output.hidden = at::linear(at::linear(features.flatten(1), first).relu_(), second).relu_();
    output.logits = at::linear(output.hidden, classifier);
    output.deltas = at::linear(output.hidden, regressor);
    return output;
  }
};

void head_step(benchmark::State& state, const std::string& text) {
  ParadigmContext context;
  context.catalog = &bench::catalog();
  context.num_logits = kLogits;
  context.num_deltas = kDeltas;
  context.channels = kChannels;
  context.size = kSize;
  context.hidden_channels = kHidden;
  at::manual_seed(0);
  const auto paradigm = bench::make<Paradigm>(text, context);
  const BoxHead head;
  const Tensor features = at::rand({kProposals, kChannels, kSize, kSize}).requires_grad_();
  const Tensor labels = at::randint(kLogits, {kProposals}, at::kLong);
  for (auto _ : state) {
    Tensor total = at::zeros({});
    for (const ParadigmStep& step : paradigm->forward(features, head)) {
      total = total + step.classification_weight * at::cross_entropy_loss(step.output.logits, labels);
      if (step.regression_weight > 0) total = total + step.regression_weight * step.output.deltas.abs().mean();
    }
    total.backward();
  }
}

BENCHMARK_CAPTURE(head_step, none, "none")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(head_step, rm, "rm")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(head_step, iterative, "{type: iterative, steps: 3, step_weights: [0.2, 0.2, 0.6]}")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace longtail

int main(int argc, char** argv) {
  longtail::prepare_process(longtail::bench::wanted_threads());
  return longtail::bench::run_benchmarks(argc, argv);
}
