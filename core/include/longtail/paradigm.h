#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include <longtail/catalog.h>
#include <longtail/export.h>
#include <longtail/module.h>

namespace longtail {

/// What a head gives for N features. `deltas` is undefined in classification; `hidden` is the penultimate feature
/// [N, hidden_channels] (in classification the feature itself).
struct HeadOutput {
  Tensor logits;  // [N, num_logits]
  Tensor deltas;  // [N, num_deltas] or undefined
  Tensor hidden;
};
using Head = std::function<HeadOutput(const Tensor& features)>;

struct ParadigmContext {
  const Catalog* catalog = nullptr;
  std::int64_t num_logits = 0;
  std::int64_t num_deltas = 0;       // 4C with class-specific boxes; 0 in classification
  std::int64_t channels = 0;         // of the features: [N, channels, size, size], or [N, channels] when size is 0
  std::int64_t size = 0;             // of a RoI feature; 0 in classification
  std::int64_t hidden_channels = 0;  // of HeadOutput::hidden
  std::uint64_t seed = 0;
  Tensor initial_bias;                                 // of the loss's logits, [num_logits]; undefined: none
  std::function<Tensor(const Tensor& logits)> scores;  // of the loss; empty: softmax
  std::int64_t num_scores = 0;                         // their width; 0: num_logits
};

/// One application of the head and how much its losses count.
struct ParadigmStep {
  HeadOutput output;
  double classification_weight = 1;
  double regression_weight = 1;
};

/// How a head is applied: once, refined by a second predictor, or iterated. Holds the parameters this needs.
class LONGTAIL_API Paradigm : public Module {
 public:
  using Context = ParadigmContext;
  static constexpr std::string_view kind = "paradigm";

  ~Paradigm() override;
  /// All steps, in order; the last one is the prediction at test time. Gradients flow through all steps.
  virtual std::vector<ParadigmStep> forward(const Tensor& features, const Head& head) = 0;
};

}  // namespace longtail
