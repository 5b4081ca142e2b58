#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/engine/checkpoint.h"
#include "core/io/tensor_file.h"

namespace longtail {

// Weights that training starts from: `model.init`.

/// The folder of the checkpoints that `path` stands for: its checkpoints/ or itself.
std::filesystem::path checkpoint_folder(const std::filesystem::path& path);

/// A run folder gives its newest checkpoint that can be read, averaged weights where there are some; anything else is
/// read as a file of weights. `warn` hears of checkpoints that cannot be read. Throws DataError.
TensorFile read_initial_weights(const std::filesystem::path& path, const std::function<void(const std::string&)>& warn);

/// Adds to `missing` what lacks where `path` names no weights: where torchvision's come from, and how to do without.
void note_missing_weights(const std::string& path, std::vector<std::string>& missing);

/// The file, or the two of the newest checkpoint of a run folder; none for an empty path.
std::vector<std::string> weights_files(const std::string& path);
/// Of the content of the file, or of the newest checkpoint of a run folder; "" for an empty path. A file that is gone
/// has one of its own.
std::string fingerprint_weights(const std::string& path);

}  // namespace longtail
