#include "core/engine/checkpoint.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <zlib.h>

#include <longtail/error.h>

#include "core/io/safetensors.h"
#include "core/system/natural_order.h"
#include "registry/text/affixes.h"
#include "registry/text/counted.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWeightsSuffix = ".safetensors";
constexpr const char* kStateSuffix = ".state.safetensors";
constexpr const char* kMomentum = "momentum.";
constexpr const char* kAverage = "average.";
constexpr const char* kChecksum = "checksum";

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

/// The epoch and the iteration in it of "epoch_12" or "epoch_12_step_345", of any number of digits: what
/// checkpoint_stem() gives. Nothing for a name of a user's.
std::optional<std::pair<std::int64_t, std::int64_t>> named_moment(std::string_view stem) {
  const auto take_number = [&stem](std::string_view word, std::int64_t& value) {
    if (!starts_with(stem, word)) return false;
    stem.remove_prefix(word.size());
    const auto end = std::min(stem.find_first_not_of("0123456789"), stem.size());
    value = std::strtoll(std::string(stem.substr(0, end)).c_str(), nullptr, 10);  // of too many digits the largest
    stem.remove_prefix(end);
    return end > 0;
  };
  std::int64_t epoch = 0, step = 0;
  if (!take_number("epoch_", epoch)) return std::nullopt;
  if (!stem.empty() && !(take_number("_step_", step) && stem.empty())) return std::nullopt;
  return std::pair(epoch, step);
}

/// A copy under a higher number would stay the newest for ever, and what is trained from it be removed as the oldest.
void check_name(const fs::path& file, const std::string& stem, const Progress& progress) {
  const auto named = named_moment(stem);
  if (!named) return;  // in the cache the name is a key
  if (*named == std::pair(progress.epoch, progress.iteration_in_epoch)) return;
  throw DataError(
      fmt::format("{}: its name is not that of the moment that it holds, which is {}; rename both of its files",
                  file.string(), checkpoint_stem(progress)));
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

/// CRC-32 of everything that the file holds, whose tensors are in memory of the CPU. A disk or a copy that turns a bit
/// would change what is trained from there on, and nothing else would show it.
std::string checksum_of(const TensorFile& file) {
  uLong crc = crc32_z(0, nullptr, 0);
  const auto add = [&crc](const void* data, std::size_t size) {
    crc = crc32_z(crc, static_cast<const Bytef*>(data), size);
  };
  const auto add_text = [&add](const std::string& text) { add(text.data(), text.size()); };
  for (const auto& [key, value] : file.metadata) {
    if (key != kChecksum) add_text(fmt::format("{}={}\n", key, value));
  }
  for (const auto& [name, tensor] : file.tensors) {
    add_text(fmt::format("{} {} [{}]\n", name, c10::toString(tensor.scalar_type()), fmt::join(tensor.sizes(), ",")));
    const Tensor bytes = tensor.contiguous();
    if (bytes.numel() > 0) add(bytes.data_ptr(), bytes.nbytes());
  }
  return fmt::format("{:08x}", crc);
}

void write(const fs::path& path, TensorFile file) {
  for (auto& [name, tensor] : file.tensors) tensor = tensor.detach().cpu().contiguous();  // once for both below
  file.metadata[kChecksum] = checksum_of(file);
  write_safetensors(path, file, Links::refuse);
}

TensorFile read(const fs::path& path) {
  TensorFile file = read_safetensors(path);
  const auto written = file.metadata.find(kChecksum);  // earlier versions wrote none
  if (written == file.metadata.end() || written->second == checksum_of(file)) return file;
  throw DataError(
      fmt::format("{}: damaged: its content is not what was written (its checksum is another)", path.string()));
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
  const auto [weights_path, state_path] = checkpoint_files(folder, stem);
  write(weights_path, {describe(state.progress), state.weights});
  TensorFile rest{describe(state.progress), {}};
  rest.metadata["phase_key"] = state.phase_key;
  rest.metadata["train_seconds"] = fmt::format("{:.3f}", state.train_seconds);
  write_origin(state.origin, rest.metadata);
  append(rest.tensors, state.momentum, kMomentum);
  append(rest.tensors, state.average, kAverage);
  write(state_path, std::move(rest));
}

TrainingState load_checkpoint(const fs::path& folder, const std::string& stem) {
  const auto [weights_path, state_path] = checkpoint_files(folder, stem);
  TensorFile weights = read(weights_path);
  TensorFile rest = read(state_path);
  TrainingState state;
  state.progress.epoch = number(rest, "epoch", state_path);
  state.progress.iteration = number(rest, "iteration", state_path);
  state.progress.iteration_in_epoch = number(rest, "iteration_in_epoch", state_path);
  if (number(weights, "iteration", weights_path) != state.progress.iteration) {
    throw DataError(fmt::format("{} and {} are not of the same moment; remove both to go on from the checkpoint before",
                                weights_path.string(), state_path.filename().string()));
  }
  check_name(weights_path, stem, state.progress);
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

FoundCheckpoint load_newest_checkpoint(const fs::path& folder, const std::function<void(const std::string&)>& warn) {
  const std::vector<std::string> stems = list_checkpoints(folder);
  FoundCheckpoint found;
  std::string problems;
  for (auto stem = stems.rbegin(); stem != stems.rend(); ++stem) {
    try {
      found.state = load_checkpoint(folder, *stem);
      found.stem = *stem;
      if (!problems.empty()) warn(fmt::format("{}; the checkpoint before is used: {}", problems, *stem));
      return found;
    } catch (const DataError& error) {
      found.damaged.push_back(*stem);
      problems += (problems.empty() ? "" : "; ") + std::string(error.what());
    }
  }
  throw DataError(fmt::format(
      "{}: {} be read: {}", folder.string(),
      stems.size() == 1 ? "its only checkpoint cannot" : fmt::format("none of its {} checkpoints can", stems.size()),
      problems));
}

std::string checkpoint_stem(const Progress& progress) {
  std::string stem = fmt::format("epoch_{:04}", progress.epoch);
  if (progress.iteration_in_epoch > 0) stem += fmt::format("_step_{:06}", progress.iteration_in_epoch);
  return stem;
}

std::array<fs::path, 2> checkpoint_files(const fs::path& folder, const std::string& stem) {
  return {folder / (stem + kWeightsSuffix), folder / (stem + kStateSuffix)};
}

std::vector<std::string> list_checkpoints(const fs::path& folder) {
  std::vector<std::string> stems;
  std::error_code unseen;
  if (!fs::is_directory(folder, unseen)) return stems;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!ends_with(name, kStateSuffix)) continue;
    const std::string stem = name.substr(0, name.size() - std::string(kStateSuffix).size());
    if (named_moment(stem) && fs::exists(folder / (stem + kWeightsSuffix))) stems.push_back(stem);
  }
  std::sort(stems.begin(), stems.end(), natural_less);
  return stems;
}

void prune_checkpoints(const fs::path& folder, std::size_t keep) {
  const std::vector<std::string> stems = list_checkpoints(folder);
  const std::size_t surplus = stems.size() > keep ? stems.size() - keep : 0;
  for (std::size_t i = 0; i < surplus; ++i) {
    const auto [weights, state] = checkpoint_files(folder, stems[i]);
    fs::remove(state);  // first: without it the weights are no checkpoint
    fs::remove(weights);
  }
}

void put_aside_checkpoint(const fs::path& folder, const std::string& stem) {
  for (const fs::path& file : checkpoint_files(folder, stem)) {
    std::error_code failed;  // it is in the way no more than before
    fs::rename(file, file.string() + ".damaged", failed);
  }
}

}  // namespace longtail
