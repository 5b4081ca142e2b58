#include "core/io/weights.h"

#include <ATen/ATen.h>
#include <absl/strings/match.h>
#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>
#include <string_view>

#include "core/io/detector_weights.h"
#include "core/io/mapped_file.h"
#include "core/io/safetensors.h"
#include "core/io/state_dict.h"
#include "core/io/torch_file.h"
#include "core/io/weight_names.h"
#include "core/system/natural_order.h"
#include "registry/files/foreign_format.h"
#include "registry/text/affixes.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;

void strip_common_prefix(TensorFile& file, std::string_view prefix) {
  const auto has_it = [&](const auto& item) { return item.first.compare(0, prefix.size(), prefix) == 0; };
  if (file.tensors.empty() || !std::all_of(file.tensors.begin(), file.tensors.end(), has_it)) return;
  for (auto& [name, tensor] : file.tensors) name.erase(0, prefix.size());
}

/// Those whose names begin with `key` and a dot, without it.
void keep_below(TensorFile& file, const std::string& key, const fs::path& path) {
  const std::string start = key + ".";
  const auto has_not = [&](const auto& item) { return !starts_with(item.first, start); };
  file.tensors.erase(std::remove_if(file.tensors.begin(), file.tensors.end(), has_not), file.tensors.end());
  if (file.tensors.empty()) {
    throw DataError(
        fmt::format("{}: has no part '{}'; `longtail weights inspect` lists what it has", path.string(), key));
  }
  strip_common_prefix(file, start);
  file.metadata["part"] = key;
  file.by_key = true;
}

TensorFile read_torch_weights(const fs::path& path, const std::string& key) {
  TorchFile torch_file(path);
  TensorFile file = read_state_dict(torch_file, key);
  if (!key.empty() && !file.by_key) {
    // Messages name the sets of a wrapped model ("module.teacher.conv1.weight") without the wrapper.
    const std::string start = key + ".";
    const bool known = std::any_of(file.tensors.begin(), file.tensors.end(),
                                   [&](const auto& item) { return starts_with(item.first, start); });
    if (!known) strip_common_prefix(file, "module.");
    keep_below(file, key, path);
  }
  strip_common_prefix(file, "module.");
  return file;
}

[[noreturn]] void refuse(const fs::path& path, std::string_view bytes) {
  const auto begins = [&](std::string_view start) {
    return absl::StartsWithIgnoreCase({bytes.data(), bytes.size()}, {start.data(), start.size()});
  };
  const std::string foreign = foreign_format(bytes);
  std::string_view what = "is no safetensors file and no file of torch.save(); give .safetensors, .pth or .pt";
  if (!foreign.empty()) what = foreign;
  if (bytes.empty()) what = "is empty; download or copy it again";
  if (begins("<!doctype") || begins("<html")) what = "is a web page: the download failed; download it again";
  if (begins("version https://git-lfs")) what = "is only a pointer of git-lfs; run `git lfs pull` to get the file";
  if (begins("\x89HDF")) what = "is an HDF5 file (Keras?), which is not supported; convert it to safetensors";
  throw DataError(fmt::format("{}: {}", path.string(), what));
}

bool is_weights_file(const fs::path& path) {
  const auto name = path.filename().string();
  return absl::EndsWith(name, ".safetensors") && !absl::EndsWith(name, ".state.safetensors") && name.front() != '.';
}

}  // namespace

fs::path find_weights(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) return path;
  for (const auto& folder : {path, path / "checkpoints"}) {
    fs::path newest;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
      const bool later = natural_less(newest.filename().string(), entry.path().filename().string());
      if (is_weights_file(entry.path()) && later) newest = entry.path();
    }
    if (!newest.empty()) return newest;
  }
  throw DataError(
      fmt::format("{}: no .safetensors in this folder or its checkpoints/; name a file of weights", path.string()));
}

TensorFile read_weights(const fs::path& path, const std::string& key) {
  const auto file = find_weights(path);
  const auto mapping = MappedFile::open(file);
  if (looks_like_safetensors(mapping->bytes())) {
    TensorFile weights = read_safetensors(file);
    if (!key.empty()) keep_below(weights, key, file);
    return weights;
  }
  if (looks_like_torch_file(mapping->bytes())) return read_torch_weights(file, key);
  refuse(file, mapping->bytes());
}

TensorFile to_torchvision(const TensorFile& weights) {
  if (is_our_detector(weights)) return to_torchvision_detector(weights);
  TensorFile result;
  for (const auto& [name, tensor] : weights.tensors) {
    if (const auto theirs = torchvision_name(name)) result.tensors.emplace_back(*theirs, tensor);
  }
  return result;
}

TensorFile to_longtail(const TensorFile& weights) {
  TensorFile result = translate_detector(weights).weights;
  if (is_our_detector(result)) return result;
  for (auto& [name, tensor] : result.tensors) name = likely_name(name);
  return result;
}

}  // namespace longtail
