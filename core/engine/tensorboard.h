#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "core/engine/event_file.h"
#include "core/io/own_file.h"

namespace longtail {

/// Writes scalars and pictures as a TensorBoard event file (TFRecords of Event messages).
class TensorBoard {
 public:
  /// Opens `events.out.tfevents.<seconds>.longtail` in `folder`. Earlier files of that kind become part of it: events
  /// of the steps before `iteration`, and those of training at it; what comes after will be written again.
  explicit TensorBoard(const std::filesystem::path& folder, std::int64_t iteration = 0);
  ~TensorBoard() { flush(); }
  TensorBoard(const TensorBoard&) = delete;
  TensorBoard& operator=(const TensorBoard&) = delete;
  void scalar(const std::string& tag, double value, std::int64_t step);
  /// "segm/AP" and the like, "segm.partial/AP" of an evaluation of a part of the images; undefined ones (-1) are left
  /// out.
  void metrics(const std::map<std::string, std::map<std::string, double>>& metrics, std::int64_t step,
               bool partial = false);
  /// A picture file's bytes (PNG, JPEG) of `height` x `width` pixels.
  void picture(const std::string& tag, const std::string& encoded, int height, int width, std::int64_t step);
  /// Writes what has been told since. What the disk does not take is lost; the same numbers are in metrics.jsonl.
  void flush();

 private:
  void write_value(const std::string& value, std::int64_t step);

  AppendFile file_;
  std::string waiting_;
};

}  // namespace longtail
