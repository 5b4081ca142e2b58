#pragma once

#include <functional>
#include <memory>
#include <string>

#include <longtail/loss.h>

namespace longtail {

/// What is wrong with how a loss keeps its state, one sentence, or "": a tensor that is registered twice; values that
/// change between equal calls while no buffer does; a copy with the same buffers and parameters that gives other
/// numbers. All of them resume to other weights. `make` makes the loss anew; `batch` gives a batch of it, another one
/// for each number.
std::string problem_of_state(const std::function<std::shared_ptr<Loss>()>& make,
                             const std::function<LossInput(const Loss&, int number)>& batch);

/// State that carries the graph of an earlier step: the sentence about it, or "".
std::string problem_of_gradients_in_state(const Loss& loss);

/// What LibTorch says of such state at the second step, in words that tell what to do; else `text` itself.
std::string explained(const std::string& text);

}  // namespace longtail
