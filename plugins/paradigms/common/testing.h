#pragma once

#include <map>
#include <string>

#include <longtail/paradigm.h>

#include "tests/support/plugins.h"

namespace longtail::testing {

/// Parameters as in tests/oracle/paradigms.py, in doubles.
inline void fill(Paradigm& paradigm) {
  to_double(paradigm);
  std::map<std::string, Tensor> sorted;
  for (const auto& item : paradigm.named_parameters()) sorted.emplace(item.key(), item.value());
  const at::NoGradGuard no_grad;
  int variant = 0;
  for (auto& [name, tensor] : sorted) tensor.copy_(waves(tensor.sizes().vec(), 0.5, variant++));
}

/// A head that is linear in the flattened feature, as the oracle's.
inline Head linear_head(std::int64_t inputs, std::int64_t num_logits, std::int64_t num_deltas) {
  return [=](const Tensor& features) {
    HeadOutput output;
    output.hidden = features.flatten(1);
    output.logits = output.hidden.matmul(waves({inputs, num_logits}, 0.4, 50));
    if (num_deltas > 0) output.deltas = output.hidden.matmul(waves({inputs, num_deltas}, 0.4, 51));
    return output;
  };
}

}  // namespace longtail::testing
