#pragma once

#include <string>
#include <vector>

#include <longtail/catalog.h>
#include <longtail/export.h>

namespace longtail {

/// What is wrong with a loss plugin, a sentence each: it is made with its defaults for three classes, with and without
/// a background, and called as training calls it: with samples and none, with hard and soft targets. Looked at are
/// shapes, finite values and gradients, and that the targets count linearly where loss.h asks for it.
LONGTAIL_API std::vector<std::string> loss_problems(const std::string& name, const Catalog& catalog);

}  // namespace longtail
