#pragma once

#include <c10/core/ScalarType.h>

#include <optional>
#include <string_view>

namespace longtail {

/// True for the names whose meaning is known here: tensors, their storages, containers.
bool is_known_in_torch_files(std::string_view name);

/// True for the names that a file of torch.save() may mention: the known ones, and classes of whatever lies beside the
/// weights (settings, dates, paths), which stay data that nobody looks at; see Pickle. False for what runs programs or
/// code in Python: no weights need it, so the file was made to harm.
bool is_allowed_in_torch_files(std::string_view name);

/// The element type of "torch.FloatStorage" and its like.
std::optional<at::ScalarType> torch_storage_type(std::string_view name);

}  // namespace longtail
