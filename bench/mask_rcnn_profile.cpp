// Where the time of a training step of mask_rcnn_bench goes, and how much of it its convolutions and matrix products
// would need at the rates that large ones reach on this machine: what is left is the most that other code could save.
//
//     build/bin/mask_rcnn_profile [SIZE]    (pixels, 320 by default; LONGTAIL_BENCH_THREADS as in mask_rcnn_bench)

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "bench/bench_main.h"
#include "bench/mask_rcnn_case.h"
#include "bench/op_profile.h"
#include "core/system/tuning.h"

namespace longtail {
namespace {

constexpr int kSteps = 5;

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Floating point operations a second, the best of several runs.
template <class Run>
double rate(double flops, const Run& run) {
  run();
  double best = 0;
  for (int i = 0; i < 5; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    run();
    best = std::max(best, flops / seconds_since(begin));
  }
  return best;
}

double product_rate() {
  constexpr std::int64_t n = 1536;
  const Tensor a = at::rand({n, n}), b = at::rand({n, n});
  return rate(2.0 * n * n * n, [&] { at::mm(a, b); });
}

double convolution_rate() {
  constexpr std::int64_t channels = 256, side = 80;
  const Tensor x = at::rand({1, channels, side, side}).contiguous(at::MemoryFormat::ChannelsLast);
  const Tensor w = at::rand({channels, channels, 3, 3}).contiguous(at::MemoryFormat::ChannelsLast);
  return rate(2.0 * 9 * channels * channels * side * side, [&] {
    at::conv2d(x, w, {}, at::IntArrayRef{1, 1}, at::IntArrayRef{1, 1});
  });
}

/// What reads best in a table: convolutions and products of every kind together, a node of the graph by its name.
std::string group_of(const std::string& op) {
  if (op.find("convolution") != std::string::npos || op == "aten::conv2d") return "convolutions";
  if (op == "aten::mm" || op == "aten::bmm" || op == "aten::addmm" || op == "aten::addmm_") return "matrix products";
  const std::string ours = "longtail::(anonymous namespace)::";
  const std::size_t name = op.find(ours);
  return name == std::string::npos ? op
                                   : op.substr(name + ours.size(), op.find_first_of("<>", name) - name - ours.size());
}

void print(const std::string& what, double seconds, double step) {
  fmt::print("{:<44} {:>8.1f} ms  {:>5.1f} %\n", what, 1e3 * seconds, 100 * seconds / step);
}

void profile(std::int64_t size) {
  bench::TrainingCase training(size);
  for (int i = 0; i < 2; ++i) training.step();
  const auto plain_begin = std::chrono::steady_clock::now();
  for (int i = 0; i < kSteps; ++i) training.step();
  const double step = seconds_since(plain_begin) / kSteps;

  const auto begin = std::chrono::steady_clock::now();
  bench::OpProfiler profiler;
  for (int i = 0; i < kSteps; ++i) training.step();
  const bench::OpProfile found = profiler.stop();
  const double profiled = seconds_since(begin) / kSteps;

  std::map<std::string, double> groups;
  double inside = 0;
  for (const auto& [name, total] : found.ops) {
    groups[group_of(name)] += total.seconds / kSteps;
    inside += total.seconds / kSteps;
  }
  std::vector<std::pair<std::string, double>> sorted(groups.begin(), groups.end());
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });

  fmt::print("training step at {0}x{0}: {1:.0f} ms ({2:.0f} ms with the profiler)\n\n", size, 1e3 * step,
             1e3 * profiled);
  double shown = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(sorted.size(), 12); ++i) {
    print(sorted[i].first, sorted[i].second, profiled);
    shown += sorted[i].second;
  }
  print(fmt::format("{} other operations", sorted.size() - std::min<std::size_t>(sorted.size(), 12)), inside - shown,
        profiled);
  print("own code between operations", profiled - inside, profiled);

  const double conv_rate = convolution_rate(), mm_rate = product_rate();
  const double conv = found.convolution_flops / kSteps, products = found.product_flops / kSteps;
  fmt::print("\nconvolutions     {:6.1f} GFLOP at {:.0f} GFLOP/s: {:.0f} ms\n", conv / 1e9, conv_rate / 1e9,
             1e3 * conv / conv_rate);
  fmt::print("matrix products  {:6.1f} GFLOP at {:.0f} GFLOP/s: {:.0f} ms\n", products / 1e9, mm_rate / 1e9,
             1e3 * products / mm_rate);
  const double limit = conv / conv_rate + products / mm_rate;
  fmt::print("limit {:.0f} ms; the step takes {:.2f} times as long\n", 1e3 * limit, step / limit);
}

}  // namespace
}  // namespace longtail

int main(int argc, char** argv) {
  longtail::prepare_process(longtail::bench::wanted_threads());
  longtail::profile(argc > 1 ? std::atoll(argv[1]) : 320);
  return 0;
}
