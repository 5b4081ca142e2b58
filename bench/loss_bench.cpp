// What pcb costs beside the loss it wraps, in a detection head of LVIS: forward, reduction and backward of N = 1024
// proposals, a quarter of them positives, C = 1230 classes and a background. `direct` is a port of the formulas as they
// are written, with the whole C x C matrix at each step. Also ImageNet-LT's C = 1000 with positives only, the worst
// case.

#include <benchmark/benchmark.h>
#include <longtail/loss.h>

#include <string>

#include "bench/bench_main.h"
#include "bench/bench_plugins.h"
#include "core/system/tuning.h"

namespace longtail {
namespace {

constexpr std::int64_t kSamples = 1024;

struct Batch {
  Tensor logits, labels;
};

/// The first `positives` samples are of foreground classes, the others background.
Batch make_batch(std::int64_t classes, std::int64_t positives) {
  at::manual_seed(0);
  const bool background = positives < kSamples;
  Batch batch{at::randn({kSamples, classes + (background ? 1 : 0)}).requires_grad_(), at::empty({0}, at::kLong)};
  batch.labels =
      at::cat({at::randint(classes, {positives}, at::kLong), at::full({kSamples - positives}, classes, at::kLong)});
  return batch;
}

void loss_step(benchmark::State& state, const std::string& text) {
  const std::int64_t classes = state.range(0), positives = state.range(1);
  const Batch batch = make_batch(classes, positives);
  const std::int64_t width = batch.logits.size(1);
  LossContext context;
  context.catalog = &bench::catalog();
  context.num_classes = classes;
  context.has_background = width > classes;
  const auto loss = bench::make<Loss>(text, context);
  // Every class once, so that pcb is past its waiting.
  loss->forward(LossInput(at::randn({classes, width}), at::arange(classes, at::kLong), width));
  for (auto _ : state) {
    batch.logits.mutable_grad() = Tensor();
    const LossInput input(batch.logits, batch.labels, width);
    reduce(loss->forward(input), input)[0].second.backward();
  }
}

/// Means by class, the running mean, both normalisations and the soft labels over all C x C pairs.
void direct(benchmark::State& state) {
  const std::int64_t classes = state.range(0), positives = state.range(1);
  const Batch batch = make_batch(classes, positives);
  Tensor matrix = at::rand({classes, classes}).softmax(1);
  const double alpha = 0.4, gamma = 0.99;
  for (auto _ : state) {
    batch.logits.mutable_grad() = Tensor();
    const Tensor foreground = batch.labels.lt(classes).nonzero().view(-1);
    const Tensor labels = batch.labels.index_select(0, foreground);
    const Tensor logits = batch.logits.index_select(0, foreground);
    {
      const at::NoGradGuard no_grad;
      const Tensor members = at::one_hot(labels, classes).to(at::kFloat).t();  // [C, positives]
      const Tensor counts = members.sum(1, /*keepdim=*/true);
      const Tensor means = members.mm(logits.slice(1, 0, classes).softmax(1)) / counts.clamp_min(1);
      matrix = at::where(counts > 0, gamma * matrix + (1 - gamma) * means, matrix);
      matrix = matrix / matrix.sum(1, /*keepdim=*/true);
    }
    const Tensor soft = (matrix / matrix.sum(0, /*keepdim=*/true)).t().index_select(0, labels);
    const Tensor log_scores = logits.log_softmax(1).slice(1, 0, classes);
    const Tensor balanced = at::kl_div(log_scores, soft, at::Reduction::Sum) / kSamples;
    const Tensor base = at::cross_entropy_loss(batch.logits, batch.labels, {}, at::Reduction::None);
    const Tensor weight = 1 - alpha * batch.labels.lt(classes).to(at::kFloat);
    (alpha * balanced + (base * weight).sum() / kSamples).backward();
  }
}

void sizes(benchmark::internal::Benchmark* bench) {
  bench->Args({1230, 256})->Args({1000, kSamples})->Unit(benchmark::kMillisecond)->UseRealTime();
}

BENCHMARK_CAPTURE(loss_step, softmax, "softmax")->Apply(sizes);
BENCHMARK_CAPTURE(loss_step, pcb, "{type: pcb, base: softmax, alpha: 0.4}")->Apply(sizes);
BENCHMARK(direct)->Args({1230, 256})->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace longtail

int main(int argc, char** argv) {
  longtail::prepare_process(longtail::bench::wanted_threads());
  return longtail::bench::run_benchmarks(argc, argv);
}
