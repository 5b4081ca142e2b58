#include "bench/op_profile.h"

#include <ATen/record_function.h>

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

namespace longtail::bench {
namespace {

using Clock = std::chrono::steady_clock;

thread_local OpProfile profile;
thread_local std::vector<double> seconds_of_inner;  // of the operations that are running, the outermost first

struct Running : at::ObserverContext {
  Clock::time_point begin = Clock::now();
  double flops_of_output = 0;  // for each number of a convolution's output
};

double product(at::IntArrayRef sizes) {
  double all = 1;
  for (const std::int64_t size : sizes) all *= static_cast<double>(size);
  return all;
}

/// Of one pass over a convolution's weights: each number of the output takes a kernel's worth of multiply-adds.
double flops_of_output(const at::Tensor& weight) { return 2 * product(weight.sizes().slice(1)); }

void count_flops(const at::RecordFunction& function, Running& running) {
  const std::string name = function.name();
  const auto inputs = function.inputs();
  if (name == "aten::convolution") {
    running.flops_of_output = flops_of_output(inputs[1].toTensor());
  } else if (name == "aten::convolution_backward") {
    const auto wanted = inputs[inputs.size() - 1].toBoolList();
    const double passes = (wanted[0] ? 1 : 0) + (wanted[1] ? 1 : 0);
    profile.convolution_flops += passes * product(inputs[0].toTensor().sizes()) * flops_of_output(inputs[2].toTensor());
  } else if (name == "aten::mm" || name == "aten::bmm" || name == "aten::addmm" || name == "aten::addmm_") {
    const std::size_t first = name == "aten::addmm" || name == "aten::addmm_" ? 1 : 0;
    const at::Tensor &a = inputs[first].toTensor(), &b = inputs[first + 1].toTensor();
    profile.product_flops += 2 * product(a.sizes()) * static_cast<double>(b.size(-1));
  }
}

std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction& function) {
  auto running = std::make_unique<Running>();
  count_flops(function, *running);
  seconds_of_inner.push_back(0);
  return running;
}

void end(const at::RecordFunction& function, at::ObserverContext* context) {
  const auto& running = *static_cast<Running*>(context);
  const std::chrono::duration<double> took = Clock::now() - running.begin;
  OpTotal& total = profile.ops[function.name()];
  total.seconds += took.count() - seconds_of_inner.back();
  ++total.calls;
  seconds_of_inner.pop_back();
  if (!seconds_of_inner.empty()) seconds_of_inner.back() += took.count();
  if (running.flops_of_output > 0) {
    profile.convolution_flops += running.flops_of_output * product(function.outputs()[0].toTensor().sizes());
  }
}

}  // namespace

OpProfiler::OpProfiler() {
  profile = {};
  handle_ = at::addThreadLocalCallback(
      at::RecordFunctionCallback(begin, end).needsInputs(true).needsOutputs(true).scopes({at::RecordScope::FUNCTION}));
}

OpProfiler::~OpProfiler() {
  if (handle_ != 0) at::removeCallback(handle_);
}

OpProfile OpProfiler::stop() {
  at::removeCallback(std::exchange(handle_, 0));
  return std::exchange(profile, {});
}

}  // namespace longtail::bench
