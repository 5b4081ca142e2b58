#pragma once

#include <longtail/module.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/io/tensor_file.h"

namespace longtail {

/// Reads weights of every known format: safetensors, or a file of torch.save(), of which it takes the part that holds
/// the state dict (see state_dict.h; metadata["part"] says which) without a `module.` that all names share. `key` names
/// another part, or the beginning of the names to take. A folder stands for the newest checkpoint in it. Throws
/// DataError.
TensorFile read_weights(const std::filesystem::path& path, const std::string& key = "");

/// The file that `path` stands for: itself or, for a (run's) folder, its newest weights.
std::filesystem::path find_weights(const std::filesystem::path& path);

struct ImportOptions {
  bool strict = false;  // every tensor of the model and of the file must find its like
  std::string file;     // for messages
};

/// What importing did.
struct WeightReport {
  struct Match {
    std::string name;    // in the model
    std::string source;  // in the file
  };
  struct Mismatch {
    Match match;
    std::vector<std::int64_t> wanted;
    std::vector<std::int64_t> found;
  };

  std::string file;
  std::vector<Match> matched;
  std::vector<Mismatch> wrong_shape;
  std::vector<std::string> missing;     // in the model only
  std::vector<std::string> unexpected;  // in the file only
  std::vector<std::string> notes;       // of the file

  bool complete() const { return wrong_shape.empty() && missing.empty() && unexpected.empty(); }
  /// Lines for people: numbers first, then what did not fit.
  std::string text() const;
  std::string json() const;
};

/// Copies weights into the parameters and buffers of `module` that they belong to, by name (see weight_names.h; other
/// programs' Mask R-CNNs are translated first, see detector_weights.h) and shape, converting type and device. Batch
/// norm's counters may lack. Nothing is changed when it throws: DataError if nothing fits at all, or with `strict` if
/// not everything does.
WeightReport import_into(torch::nn::Module& module, const TensorFile& file, const ImportOptions& options = {});

/// Our names and layout to torchvision's, for other programs; without what those do not have. Throws DataError for a
/// Mask R-CNN that torchvision cannot have.
TensorFile to_torchvision(const TensorFile& weights);
/// The other way, for files whose model is not at hand: by likeliness for classification models; without what ours do
/// not have for the Mask R-CNNs of torchvision and mmdetection.
TensorFile to_longtail(const TensorFile& weights);

}  // namespace longtail
