#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/engine/experiment_config.h"

namespace longtail {

/// A file of a run's data as it was. `hash` is of its bytes; empty where there are too many of them to read.
struct DataFile {
  std::string path;  // as the configuration and the lists give it
  std::int64_t bytes = -1;
  std::int64_t modified = 0;  // ticks of the file system's clock
  std::string hash;
  bool weights = false;  // initial ones
};
using DataRecord = std::vector<DataFile>;  // ascending by path

/// All files that the phases' data consist of. Lists, annotations and initial weights are hashed; pictures are where
/// all of them together are small, else their sizes and times stand for them.
DataRecord take_data_record(const std::vector<Phase>& phases);

/// A run that goes on has its weights from its checkpoint: what it began with stays in its record, whatever has become
/// of those files since (a run folder that has been trained on, a file that is gone). An earlier version's `before`
/// does not tell which they are and learns it from `now`.
void keep_initial_weights(DataRecord& before, DataRecord& now);

/// data_files.tsv: a line a file, its path last. Reading gives nothing where there is no such file; DataError where it
/// is none of these.
void write_data_record(const std::filesystem::path& file, const DataRecord& record);
DataRecord read_data_record(const std::filesystem::path& file);

/// What has changed between two records.
struct DataChanges {
  std::vector<std::string> certain;  // "train.txt: its content is another", one for each file
  std::vector<std::string> touched;  // paths of pictures with the same size but another time
};
DataChanges compare_data(const DataRecord& before, const DataRecord& now);

/// The first few of them in one line: "a; b; c and 12 more".
std::string shortened(const std::vector<std::string>& all);

}  // namespace longtail
