#include "core/engine/checkpoint.h"

#include <algorithm>
#include <cstdlib>
#include <map>

#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <longtail/error.h>

#include "core/io/safetensors.h"
#include "core/system/text.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWeightsSuffix = ".safetensors";
constexpr const char* kStateSuffix = ".state.safetensors";
constexpr const char* kMomentum = "momentum.";
constexpr const char* kAverage = "average.";

/// Both files carry it, so that a state cannot be read with weights of another moment.
std::map<std::string, std::string> describe(const Progress& progress) {
  return {{"format", "longtail checkpoint 1"},
          {"epoch", std::to_string(progress.epoch)},
          {"iteration", std::to_string(progress.iteration)},
          {"iteration_in_epoch", std::to_string(progress.iteration_in_epoch)}};
}

std::int64_t number(const TensorFile& file, const std::string& key, const fs::path& path) {
  const auto found = file.metadata.find(key);
  try {
    if (found != file.metadata.end()) return std::stoll(found->second);
  } catch (const std::exception&) {
  }
  throw DataError(
      fmt::format("{}: not a longtail checkpoint (no '{}'); remove it, or give a weights file with "
                  "model.init instead",
                  path.string(), key));
}

void write_origin(const Origin& origin, std::map<std::string, std::string>& metadata) {
  metadata["program"] = origin.program;
  metadata["libraries"] = origin.libraries;
  metadata["device"] = origin.device;
  metadata["threads"] = std::to_string(origin.threads);
  metadata["limit_batches"] = std::to_string(origin.limit_batches);
}

/// Empty of a checkpoint of an earlier version.
Origin read_origin(std::map<std::string, std::string>& metadata) {
  Origin origin;
  origin.program = metadata["program"];
  origin.libraries = metadata["libraries"];
  origin.device = metadata["device"];
  origin.threads = std::atoll(metadata["threads"].c_str());
  origin.limit_batches = std::atoll(metadata["limit_batches"].c_str());
  return origin;
}

void append(NamedTensors& to, const NamedTensors& from, const std::string& prefix) {
  for (const auto& [name, tensor] : from) to.emplace_back(prefix + name, tensor);
}

}  // namespace

NamedTensors named_state(const Module& module) {
  NamedTensors state;
  for (const auto& item : module.named_parameters()) state.emplace_back(item.key(), item.value().detach());
  for (const auto& item : module.named_buffers()) state.emplace_back(item.key(), item.value().detach());
  return state;
}

std::vector<std::string> load_named_state(Module& module, const NamedTensors& weights) {
  const c10::NoGradGuard no_grad;
  const std::map<std::string, Tensor> given(weights.begin(), weights.end());
  std::vector<std::string> missing;
  for (auto& [name, tensor] : named_state(module)) {
    const auto found = given.find(name);
    if (found == given.end() || found->second.sizes() != tensor.sizes()) {
      missing.push_back(name);
      continue;
    }
    Tensor target = tensor;  // shares memory with the module's own
    target.copy_(found->second);
  }
  return missing;
}

void save_checkpoint(const fs::path& folder, const std::string& stem, const TrainingState& state) {
  fs::create_directories(folder);
  const TensorFile weights{describe(state.progress), state.weights};
  write_safetensors(folder / (stem + kWeightsSuffix), weights);
  TensorFile rest{describe(state.progress), {}};
  rest.metadata["phase_key"] = state.phase_key;
  rest.metadata["train_seconds"] = fmt::format("{:.3f}", state.train_seconds);
  write_origin(state.origin, rest.metadata);
  append(rest.tensors, state.momentum, kMomentum);
  append(rest.tensors, state.average, kAverage);
  write_safetensors(folder / (stem + kStateSuffix), rest);
}

TrainingState load_checkpoint(const fs::path& folder, const std::string& stem) {
  const fs::path weights_path = folder / (stem + kWeightsSuffix);
  const fs::path state_path = folder / (stem + kStateSuffix);
  TensorFile weights = read_safetensors(weights_path);
  TensorFile rest = read_safetensors(state_path);
  TrainingState state;
  state.progress.epoch = number(rest, "epoch", state_path);
  state.progress.iteration = number(rest, "iteration", state_path);
  state.progress.iteration_in_epoch = number(rest, "iteration_in_epoch", state_path);
  if (number(weights, "iteration", weights_path) != state.progress.iteration) {
    throw DataError(fmt::format("{} and {} are not of the same moment; remove both to go on from the checkpoint before",
                                weights_path.string(), state_path.filename().string()));
  }
  state.phase_key = rest.metadata["phase_key"];
  state.train_seconds = std::atof(rest.metadata["train_seconds"].c_str());
  state.origin = read_origin(rest.metadata);
  state.weights = std::move(weights.tensors);
  for (auto& [name, tensor] : rest.tensors) {
    if (starts_with(name, kMomentum)) state.momentum.emplace_back(name.substr(std::string(kMomentum).size()), tensor);
    if (starts_with(name, kAverage)) state.average.emplace_back(name.substr(std::string(kAverage).size()), tensor);
  }
  return state;
}

std::string checkpoint_stem(const Progress& progress) {
  std::string stem = fmt::format("epoch_{:04}", progress.epoch);
  if (progress.iteration_in_epoch > 0) stem += fmt::format("_step_{:06}", progress.iteration_in_epoch);
  return stem;
}

std::vector<std::string> list_checkpoints(const fs::path& folder) {
  std::vector<std::string> stems;
  std::error_code unseen;
  if (!fs::is_directory(folder, unseen)) return stems;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!starts_with(name, "epoch_") || !ends_with(name, kStateSuffix)) continue;
    const std::string stem = name.substr(0, name.size() - std::string(kStateSuffix).size());
    if (fs::exists(folder / (stem + kWeightsSuffix))) stems.push_back(stem);
  }
  std::sort(stems.begin(), stems.end());
  return stems;
}

void prune_checkpoints(const fs::path& folder, std::size_t keep) {
  const std::vector<std::string> stems = list_checkpoints(folder);
  const std::size_t surplus = stems.size() > keep ? stems.size() - keep : 0;
  for (std::size_t i = 0; i < surplus; ++i) {
    fs::remove(folder / (stems[i] + kStateSuffix));  // first: without it the weights are no checkpoint
    fs::remove(folder / (stems[i] + kWeightsSuffix));
  }
}

void remove_leftovers(const fs::path& folder) {
  if (!fs::is_directory(folder)) return;
  std::vector<fs::path> leftovers;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (starts_with(name, ".epoch_") && ends_with(name, ".tmp")) leftovers.push_back(entry.path());
  }
  for (const fs::path& leftover : leftovers) fs::remove(leftover);
}

}  // namespace longtail
