#pragma once

#include <c10/core/ScalarType.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace longtail {

/// An element type as safetensors call it.
struct SafetensorsType {
  std::string_view name;
  at::ScalarType scalar = at::kFloat;
  std::uint64_t size = 0;  // bytes of an element
};

/// Nothing for a name that is unknown or that LibTorch 1.13 has no type for (F8_E4M3, U16 ...).
std::optional<SafetensorsType> safetensors_type(std::string_view name);
/// Nothing for a type that the format lacks (quantized, complex128 ...).
std::optional<SafetensorsType> safetensors_type(at::ScalarType scalar);

}  // namespace longtail
