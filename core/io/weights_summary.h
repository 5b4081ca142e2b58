#pragma once

#include <filesystem>
#include <string>

#include "core/io/tensor_file.h"

namespace longtail {

/// What a file of weights holds, for people: a line a tensor, then totals.
std::string weights_text(const std::filesystem::path& path, const TensorFile& file);
/// The same for programs: file, metadata, notes, tensors (name, dtype, shape, bytes), elements, bytes.
std::string weights_json(const std::filesystem::path& path, const TensorFile& file);

}  // namespace longtail
