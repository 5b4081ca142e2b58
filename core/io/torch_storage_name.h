#pragma once

#include <c10/core/ScalarType.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/io/pickle.h"

namespace longtail {

/// How a pickle of torch.save() names a storage outside of it.
struct TorchStorageName {
  at::ScalarType type = at::kFloat;
  std::string_view key;
  std::int64_t elements = 0;
  std::int64_t offset = 0;  // in elements; legacy views of a storage begin inside it
};

/// Nothing if the value is not ('storage', type, key, location, elements[, view]).
std::optional<TorchStorageName> torch_storage_name(const PickleValue& value);

}  // namespace longtail
