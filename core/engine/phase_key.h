#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/engine/checkpoint.h"
#include "core/engine/experiment_config.h"
#include "core/engine/origin.h"
#include "core/io/file_lock.h"

namespace longtail {

/// Identifies the state at the end of `phase`: `previous` is the key of the phase before (or ""), the rest is every
/// setting that training depends on. Names, evaluation, calibration and what comes after the phase do not enter, so
/// runs that share their first phases have the same keys there.
std::string phase_key(const std::string& previous, const Phase& phase, const Origin& origin);

/// States of finished phases, one file pair a key, shared by the runs of a matrix.
class PhaseCache {
 public:
  explicit PhaseCache(std::filesystem::path folder) : folder_(std::move(folder)) {}
  bool enabled() const { return !folder_.empty(); }
  bool has(const std::string& key) const;
  TrainingState load(const std::string& key) const;
  /// Held by whoever trains the phase; see FileLock. The cache must be enabled.
  FileLock lock(const std::string& key) const;
  void save(const std::string& key, const TrainingState& state) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace longtail
