#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace longtail {

/// How far a run folder's training is, in [0, 1], from the last lines of its metrics.jsonl; -1 when that cannot be told
/// yet.
double trained_fraction(const std::filesystem::path& run_folder, double epochs);

/// A run that is being trained now.
struct RunningRow {
  std::string name;  // "CE+PCB, seed 0"
  std::filesystem::path folder;
  double epochs = 0;
  std::chrono::steady_clock::time_point started;
  double first_fraction = -1;  // when it was first seen: a resumed run does not begin at 0
};

/// Tells how the rows of a matrix are coming along: one line that is redrawn on a terminal, plain lines in a pipe.
class MatrixProgress {
 public:
  /// `write` gets text with its line ends; `live` is true on a terminal.
  MatrixProgress(std::function<void(const std::string&)> write, bool live, std::size_t total);

  /// A line that stays.
  void say(const std::string& line);
  /// Shows the running rows; in a pipe no more often than once a minute.
  void tick(std::vector<RunningRow>& running);
  void count_done() { ++done_; }

 private:
  std::string describe(RunningRow& row) const;
  void clear();

  std::function<void(const std::string&)> write_;
  bool live_;
  std::size_t total_;
  std::size_t done_ = 0;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace longtail
