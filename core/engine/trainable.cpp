#include "core/engine/trainable.h"
#include "registry/text/affixes.h"

#include <algorithm>

#include <fmt/format.h>

#include <longtail/config/suggest.h>
#include <longtail/error.h>

namespace longtail {
namespace {

void check_prefixes(const Module& module, const std::vector<std::string>& prefixes) {
  const auto parameters = module.named_parameters();
  std::vector<std::string> tops;
  for (const auto& child : module.named_children()) tops.push_back(child.key());
  for (const std::string& prefix : prefixes) {
    const bool fits = std::any_of(parameters.begin(), parameters.end(),
                                  [&](const auto& item) { return starts_with(item.key(), prefix); });
    if (fits) continue;
    throw ConfigError(
        fmt::format("model.train_only: no parameter starts with '{}'{}", prefix, did_you_mean(prefix, tops)));
  }
}

}  // namespace

NamedTensors choose_trainable(Module& module, const std::vector<std::string>& prefixes) {
  check_prefixes(module, prefixes);
  NamedTensors chosen;
  for (auto& item : module.named_parameters()) {
    const bool trains =
        prefixes.empty() || std::any_of(prefixes.begin(), prefixes.end(),
                                        [&](const std::string& prefix) { return starts_with(item.key(), prefix); });
    if (!trains) item.value().requires_grad_(false);
    if (item.value().requires_grad()) chosen.emplace_back(item.key(), item.value());
  }
  return chosen;
}

void set_training_mode(Module& module) {
  module.train();
  for (const auto& child : module.children()) {
    const std::vector<Tensor> parameters = child->parameters();
    const bool frozen = !parameters.empty() && std::none_of(parameters.begin(), parameters.end(),
                                                            [](const Tensor& p) { return p.requires_grad(); });
    if (frozen) child->eval();
  }
}

}  // namespace longtail
