#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

namespace longtail {

/// Writes scalars as a TensorBoard event file (TFRecords of Event messages).
class TensorBoard {
 public:
  /// Opens `events.out.tfevents.<seconds>.longtail` in `folder`.
  explicit TensorBoard(const std::filesystem::path& folder);
  void scalar(const std::string& tag, double value, std::int64_t step);
  void flush() { stream_.flush(); }

 private:
  void write_event(const std::string& body);

  std::ofstream stream_;
};

/// CRC-32C (Castagnoli), the checksum of TFRecords.
std::uint32_t crc32c(const std::string& bytes);

}  // namespace longtail
