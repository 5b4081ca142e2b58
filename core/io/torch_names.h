#pragma once

#include <c10/core/ScalarType.h>

#include <optional>
#include <string_view>

namespace longtail {

/// True for the names that a file of torch.save() may mention: tensors, their storages, containers, and what the meta
/// data of usual checkpoints hold. All stay data; see Pickle.
bool is_allowed_in_torch_files(std::string_view name);

/// The element type of "torch.FloatStorage" and its like.
std::optional<at::ScalarType> torch_storage_type(std::string_view name);

}  // namespace longtail
