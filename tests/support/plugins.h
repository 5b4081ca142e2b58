#pragma once

#include <cmath>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <longtail/catalog.h>
#include <longtail/config/compose.h>
#include <longtail/module.h>
#include <longtail/plugin_loader.h>

namespace longtail::testing {

/// A catalog with these plugins of the build tree; `names` are file names without ".longtail.so".
inline Catalog catalog_of(std::initializer_list<const char*> names) {
  Catalog catalog;
  for (const char* name : names) {
    load_plugin(std::string(LONGTAIL_TEST_PLUGIN_DIR) + "/" + name + ".longtail.so", catalog);
  }
  return catalog;
}

inline Node yaml(const std::string& text) {
  Diagnostics diagnostics;
  Node node = parse_yaml(text, "test", diagnostics);
  diagnostics.throw_if_any();
  return node;
}

/// Makes a component as a configuration would: `{type: pcb, alpha: 0.4}`.
template <class Interface>
std::shared_ptr<Interface> make(const Catalog& catalog, const std::string& text,
                                const typename Interface::Context& context) {
  Diagnostics diagnostics;
  const ComponentSpec spec = catalog.resolve(Interface::kind, yaml(text), diagnostics);
  diagnostics.throw_if_any();
  return catalog.make<Interface>(spec, context);
}

/// Numbers worked out by a script in tests/oracle. JSON is YAML.
inline Node oracle(const std::string& file) {
  std::ifstream in(std::string(LONGTAIL_SOURCE_DIR) + "/tests/oracle/" + file);
  if (!in) throw std::runtime_error("no tests/oracle/" + file);
  return yaml(std::string(std::istreambuf_iterator<char>(in), {}));
}

inline void collect_numbers(const Node& node, std::vector<double>& out) {
  double value = 0;
  if (node.as(value)) out.push_back(value);
  for (const Node& item : node.items()) collect_numbers(item, out);
}

/// The numbers under "a.b.c", nested lists row by row, as a flat double tensor.
inline Tensor numbers(const Node& root, const std::string& path) {
  const Node* node = path.empty() ? &root : root.find_path(path);
  if (node == nullptr) throw std::runtime_error("the oracle has no " + path);
  std::vector<double> values;
  collect_numbers(*node, values);
  return at::tensor(values, at::kDouble);
}

inline ::testing::AssertionResult near(const Tensor& got, const Tensor& expected, double tolerance) {
  const Tensor a = got.detach().to(at::kDouble).flatten();
  const Tensor b = expected.detach().to(at::kDouble).flatten();
  if (a.numel() != b.numel()) return ::testing::AssertionFailure() << a.numel() << " values, not " << b.numel();
  if (a.numel() == 0) return ::testing::AssertionSuccess();
  const double worst = (a - b).abs().max().item<double>();
  if (worst <= tolerance) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "differs by " << worst << ":\n" << a << "\nnot\n" << b;
}

/// amplitude * sin(1 + sum over the axes k of (k + 1.7) * index_k + 0.9 * variant), in doubles: the inputs of the
/// oracles.
inline Tensor waves(std::vector<std::int64_t> shape, double amplitude, int variant = 0) {
  Tensor phase = at::full(shape, 1 + 0.9 * variant, at::kDouble);
  for (std::size_t k = 0; k < shape.size(); ++k) {
    std::vector<std::int64_t> view(shape.size(), 1);
    view[k] = shape[k];
    phase += (at::arange(shape[k], at::kDouble) * (static_cast<double>(k) + 1.7)).view(view);
  }
  return phase.sin() * amplitude;
}

/// Turns floating-point parameters and buffers to doubles.
inline void to_double(Module& module) {
  for (Tensor& tensor : module.parameters()) tensor.set_data(tensor.to(at::kDouble));
  for (Tensor& tensor : module.buffers()) {
    if (tensor.is_floating_point()) tensor.set_data(tensor.to(at::kDouble));
  }
}

/// Central differences of a scalar function at x (double).
template <class Function>
Tensor numeric_gradient(const Function& f, const Tensor& x, double step = 1e-6) {
  Tensor gradient = at::zeros_like(x);
  Tensor moved = x.detach().clone();
  double* value = moved.data_ptr<double>();
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    const double kept = value[i];
    value[i] = kept + step;
    const double above = f(moved);
    value[i] = kept - step;
    const double below = f(moved);
    value[i] = kept;
    gradient.view(-1)[i] = (above - below) / (2 * step);
  }
  return gradient;
}

}  // namespace longtail::testing
