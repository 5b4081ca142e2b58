#pragma once

#include <longtail/loss.h>
#include <longtail/paradigm.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace longtail {

/// The classification losses of a paradigm's steps, weighted, as scalars to be summed. Names carry the step's number,
/// from 1, where there are several. `labels` [N], `num_targets`: classes, with the background where there is one.
/// `values`, if given, receives the unweighted sum of all terms for each sample, [N], without gradient.
std::vector<std::pair<std::string, Tensor>> step_losses(Loss& loss, const std::vector<ParadigmStep>& steps,
                                                        const Tensor& labels, std::int64_t num_targets,
                                                        Tensor* values = nullptr);

}  // namespace longtail
