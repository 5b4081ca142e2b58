#pragma once

#include <string>
#include <vector>

#include <longtail/module.h>

#include "core/engine/optimizer.h"

namespace longtail {

/// Lets only the parameters train whose names start with one of `prefixes` (all with none) and returns them. Throws
/// ConfigError for a prefix that fits no parameter.
NamedTensors choose_trainable(Module& module, const std::vector<std::string>& prefixes);

/// Training mode, except for direct submodules that have parameters of which none trains: their batch norms keep the
/// statistics they have.
void set_training_mode(Module& module);

}  // namespace longtail
