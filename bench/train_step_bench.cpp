// Images per second of one training step: forward, cross entropy, backward, SGD with momentum and weight decay.
// LONGTAIL_BENCH_THREADS sets the number of threads (default: all). bench/peers/train_step_peer.py does the same in
// PyTorch.

#include <string>
#include <utility>
#include <vector>

#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>

#include <longtail/backbone.h>
#include <longtail/loss.h>

#include "bench/bench_main.h"
#include "bench/bench_plugins.h"

namespace longtail {
namespace {

/// Momentum and weight decay as PyTorch's SGD.
class Sgd {
 public:
  explicit Sgd(std::vector<Tensor> parameters) : parameters_(std::move(parameters)), momentum_(parameters_.size()) {}

  void zero_grad() {
    for (Tensor& parameter : parameters_) parameter.mutable_grad() = Tensor();
  }

  void step(double learning_rate) {
    const at::NoGradGuard no_grad;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      const Tensor update = parameters_[i].grad().add_(parameters_[i], 5e-4);
      momentum_[i] = momentum_[i].defined() ? momentum_[i].mul_(0.9).add_(update) : update.clone();
      parameters_[i].add_(momentum_[i], -learning_rate);
    }
  }

 private:
  std::vector<Tensor> parameters_, momentum_;
};

void train_step(benchmark::State& state, const std::string& backbone_text, std::int64_t classes, std::int64_t batch,
                std::int64_t size) {
  at::manual_seed(0);
  LossContext context;
  context.catalog = &bench::catalog();
  context.num_classes = classes;
  const auto loss = bench::make<Loss>("softmax", context);
  const auto backbone = bench::make<Backbone>(backbone_text, {});
  backbone->train();
  std::vector<Tensor> parameters = backbone->parameters();
  const Tensor weight = at::randn({classes, backbone->stages().back().channels}).mul_(0.01).requires_grad_();
  const Tensor bias = at::zeros({classes}).requires_grad_();
  parameters.insert(parameters.end(), {weight, bias});
  Sgd sgd(std::move(parameters));
  const Tensor images = at::randn({batch, 3, size, size}).contiguous(at::MemoryFormat::ChannelsLast);
  const Tensor labels = at::randint(classes, {batch}, at::kLong);

  const auto step = [&] {
    sgd.zero_grad();
    const LossInput input(at::linear(backbone->pooled(images), weight, bias), labels, classes);
    reduce(loss->forward(input), input)[0].second.backward();
    sgd.step(0.01);
  };
  step();  // the first one allocates
  for (auto _ : state) step();
  state.SetItemsProcessed(state.iterations() * batch);
}

BENCHMARK_CAPTURE(train_step, resnet32, "{type: resnet, depth: 32, stem: cifar}", 10, 128, 32)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(train_step, resnet50, "{type: resnet, depth: 50}", 1000, 8, 224)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace longtail

int main(int argc, char** argv) {
  at::set_num_threads(longtail::bench::wanted_threads());
  return longtail::bench::run_benchmarks(argc, argv);
}
