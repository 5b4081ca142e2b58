#include "core/io/safetensors_types.h"

#include <algorithm>
#include <array>

namespace longtail {
namespace {

constexpr std::array<SafetensorsType, 11> types{{
    {"BOOL", at::kBool, 1},
    {"U8", at::kByte, 1},
    {"I8", at::kChar, 1},
    {"I16", at::kShort, 2},
    {"F16", at::kHalf, 2},
    {"BF16", at::kBFloat16, 2},
    {"I32", at::kInt, 4},
    {"F32", at::kFloat, 4},
    {"I64", at::kLong, 8},
    {"F64", at::kDouble, 8},
    {"C64", at::kComplexFloat, 8},
}};

template <class Matches>
std::optional<SafetensorsType> first(Matches matches) {
  const auto* found = std::find_if(types.begin(), types.end(), matches);
  if (found == types.end()) return std::nullopt;
  return *found;
}

}  // namespace

std::optional<SafetensorsType> safetensors_type(std::string_view name) {
  return first([&](const SafetensorsType& type) { return type.name == name; });
}

std::optional<SafetensorsType> safetensors_type(at::ScalarType scalar) {
  return first([&](const SafetensorsType& type) { return type.scalar == scalar; });
}

}  // namespace longtail
