#include "core/io/weights.h"

#include <ATen/ATen.h>
#include <absl/strings/match.h>
#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "core/io/detector_weights.h"
#include "core/io/mapped_file.h"
#include "core/io/safetensors.h"
#include "core/io/torch_file.h"
#include "core/io/weight_names.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;

constexpr int deepest = 8;                     // of dicts in dicts; real files need three
constexpr std::size_t most_tensors = 200'000;  // hostile files can hold a dict again and again

// Where training programs keep the weights, the likeliest first.
constexpr std::string_view parts[] = {"state_dict", "model_state_dict", "model_state", "model",          "net",
                                      "network",    "weights",          "params",      "state_dict_ema", "model_ema"};

/// Collects the tensors of a dict, and of the dicts in it with dotted names.
class Collector {
 public:
  explicit Collector(TorchFile& file) : file_(file) {}

  void collect(const PickleValue& dict, const std::string& prefix, int depth) {
    if (depth > deepest) return;
    for (const auto& [key, value] : dict.entries()) {
      if (!key->is(PickleValue::Kind::text) || ++visited_ > most_tensors) continue;
      const auto name = prefix + std::string(key->text);
      if (value->is_dict()) {
        collect(*value, name + ".", depth + 1);
      } else if (auto tensor = file_.tensor(*value); tensor.defined()) {
        tensors_.emplace_back(name, std::move(tensor));
      }
    }
  }

  std::vector<std::pair<std::string, at::Tensor>> take() { return std::move(tensors_); }

 private:
  TorchFile& file_;
  std::size_t visited_ = 0;
  std::vector<std::pair<std::string, at::Tensor>> tensors_;
};

bool holds_tensors(TorchFile& file, const PickleValue& dict) {
  const auto entries = dict.entries();
  return std::any_of(entries.begin(), entries.end(),
                     [&](const auto& entry) { return file.tensor(*entry.second).defined(); });
}

/// Looks for the dict with the weights.
class StateDictSearch {
 public:
  explicit StateDictSearch(TorchFile& file) : file_(file) {}

  /// `part` becomes the dotted place of the dict that is returned. Known parts come before the dict around them, which
  /// often holds tensors of its own: the best accuracy, the epoch.
  const PickleValue* find(const PickleValue& value, std::string& part, int depth = 0) {
    if (!value.is_dict() || depth > deepest || !seen_.insert(&value).second) return nullptr;
    for (const auto name : parts) {
      const auto* inner = value.find(name);
      if (inner == nullptr) continue;
      auto place = part.empty() ? std::string(name) : fmt::format("{}.{}", part, name);
      if (const auto* found = find(*inner, place, depth + 1)) {
        part = place;
        return found;
      }
    }
    return holds_tensors(file_, value) ? &value : nullptr;
  }

 private:
  TorchFile& file_;
  std::unordered_set<const PickleValue*> seen_;  // a hostile dict can hold itself under each name
};

void strip_common_prefix(TensorFile& file, std::string_view prefix) {
  const auto has_it = [&](const auto& item) { return item.first.compare(0, prefix.size(), prefix) == 0; };
  if (file.tensors.empty() || !std::all_of(file.tensors.begin(), file.tensors.end(), has_it)) return;
  for (auto& [name, tensor] : file.tensors) name.erase(0, prefix.size());
}

TensorFile read_torch_weights(const fs::path& path) {
  TorchFile torch_file(path);
  TensorFile file;
  std::string part;
  const auto* dict = StateDictSearch(torch_file).find(torch_file.root(), part);
  if (dict == nullptr) {
    throw DataError(
        fmt::format("{}: holds no dict of tensors; in Python: torch.save(model.state_dict(), ...)", path.string()));
  }
  Collector collector(torch_file);
  collector.collect(*dict, "", 0);
  file.tensors = collector.take();
  file.metadata["part"] = part;
  strip_common_prefix(file, "module.");
  return file;
}

[[noreturn]] void refuse(const fs::path& path, std::string_view bytes) {
  const auto begins = [&](std::string_view start) {
    return absl::StartsWithIgnoreCase({bytes.data(), bytes.size()}, {start.data(), start.size()});
  };
  std::string_view what = "is no safetensors file and no file of torch.save(); give .safetensors, .pth or .pt";
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
    fs::path newest;  // names sort by progress
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
      if (is_weights_file(entry.path()) && (newest.empty() || newest < entry.path())) newest = entry.path();
    }
    if (!newest.empty()) return newest;
  }
  throw DataError(
      fmt::format("{}: no .safetensors in this folder or its checkpoints/; name a file of weights", path.string()));
}

TensorFile read_weights(const fs::path& path) {
  const auto file = find_weights(path);
  const auto mapping = MappedFile::open(file);
  if (looks_like_safetensors(mapping->bytes())) return read_safetensors(file);
  if (looks_like_torch_file(mapping->bytes())) return read_torch_weights(file);
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
