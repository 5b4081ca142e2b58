#pragma once

#include <string>
#include <vector>

#include <longtail/catalog.h>
#include <longtail/export.h>

namespace longtail {

/// What is wrong with a loss plugin, each mistake once, a line each: "loss 'focal' (FILE), 4 samples: ...". It is made
/// with its defaults for three classes, with and without a background, and called as training calls it: with samples
/// and none, with hard and soft targets. Looked at are shapes, finite values and gradients, that the targets count
/// linearly where loss.h asks for it, and that all state is in buffers and parameters, updated without gradient.
LONGTAIL_API std::vector<std::string> loss_problems(const std::string& name, const Catalog& catalog);

}  // namespace longtail
