#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <longtail/module.h>

#include "core/engine/optimizer.h"
#include "core/engine/origin.h"
#include "core/engine/schedule.h"

namespace longtail {

/// All that is needed to go on with a run: where it stands, weights and buffers, momentum, averaged weights.
struct TrainingState {
  Progress progress;
  std::string phase_key;  // identifies everything that led here (core/engine/phase_key.h)
  double train_seconds = 0;
  Origin origin;
  NamedTensors weights;  // parameters and buffers by name
  NamedTensors momentum;
  NamedTensors average;  // of the weights; empty without `ema`
};

/// Parameters and buffers of `module` by name, detached, in a fixed order.
NamedTensors named_state(const Module& module);
/// Copies values into the parameters and buffers of the same name and shape, keeping their memory layout; returns the
/// names of those that `weights` does not have.
std::vector<std::string> load_named_state(Module& module, const NamedTensors& weights);

/// A checkpoint is two files: `<stem>.safetensors` with the weights and `<stem>.state.safetensors` with the rest. The
/// second is written last and makes the checkpoint valid. Throws when the disk is full or the folder not
/// writable; what was there before stays as it was.
void save_checkpoint(const std::filesystem::path& folder, const std::string& stem, const TrainingState& state);
/// Throws DataError when either file is damaged, foreign or does not belong to the other.
TrainingState load_checkpoint(const std::filesystem::path& folder, const std::string& stem);

/// The newest checkpoint that can be read.
struct FoundCheckpoint {
  std::string stem;
  TrainingState state;
  std::vector<std::string> damaged;  // stems of newer ones that cannot be read, newest first
};
/// `warn` gets a line for each that is damaged. Throws the newest one's DataError when none can be read; the folder
/// must have one.
FoundCheckpoint load_newest_checkpoint(const std::filesystem::path& folder,
                                       const std::function<void(const std::string&)>& warn);

/// "epoch_0012", or "epoch_0012_step_000345" in the middle of an epoch. Larger numbers have more digits: order such
/// names with natural_less().
std::string checkpoint_stem(const Progress& progress);
/// The two files of a checkpoint: weights, state.
std::array<std::filesystem::path, 2> checkpoint_files(const std::filesystem::path& folder, const std::string& stem);
/// Stems of the complete checkpoints of a folder, oldest first. Files with other names are left alone here and in what
/// follows.
std::vector<std::string> list_checkpoints(const std::filesystem::path& folder);
/// Removes all but the newest `keep`.
void prune_checkpoints(const std::filesystem::path& folder, std::size_t keep);
/// Gives the files of a damaged checkpoint names that end in .damaged, so that it counts no more.
void put_aside_checkpoint(const std::filesystem::path& folder, const std::string& stem);

}  // namespace longtail
