#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/io/own_file.h"

namespace longtail {

/// Writes scalars as a TensorBoard event file (TFRecords of Event messages).
class TensorBoard {
 public:
  /// Opens `events.out.tfevents.<seconds>.longtail` in `folder`.
  explicit TensorBoard(const std::filesystem::path& folder);
  ~TensorBoard() { flush(); }
  TensorBoard(const TensorBoard&) = delete;
  TensorBoard& operator=(const TensorBoard&) = delete;
  void scalar(const std::string& tag, double value, std::int64_t step);
  /// Writes what has been told since. What the disk does not take is lost; the same numbers are in metrics.jsonl.
  void flush();

 private:
  void write_event(const std::string& body);

  AppendFile file_;
  std::string waiting_;
};

/// CRC-32C (Castagnoli), the checksum of TFRecords.
std::uint32_t crc32c(const std::string& bytes);

}  // namespace longtail
