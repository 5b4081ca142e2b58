#pragma once

#include <cstdint>
#include <string>

#include <longtail/error.h>
#include <longtail/paradigm.h>

namespace longtail {

/// PluginError unless a size of the context, from which layers are made, is at least 1.
inline void check_size(const char* name, std::int64_t size) {
  if (size >= 1) return;
  throw PluginError("its context has " + std::string(name) + " = " + std::to_string(size) +
                    "; ParadigmContext has to tell the sizes of the head");
}

}  // namespace longtail
