#pragma once

#include <string>

#include <c10/util/Exception.h>

namespace longtail {

/// LibTorch's message as one that a user reads: without the stack, and with who says it.
inline std::string message_of(const c10::Error& error) {
  return "LibTorch: " + std::string(error.what_without_backtrace());
}

}  // namespace longtail
