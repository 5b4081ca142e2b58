#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace longtail {

/// CRC-32C (Castagnoli), the checksum of TFRecords.
std::uint32_t crc32c(const std::string& bytes);

/// A body with its length and checksums, as a TFRecord file holds it.
std::string event_record(const std::string& body);

/// One Event message of a file of TensorBoard's, with its first value's tag.
struct EventRecord {
  std::int64_t step = 0;
  std::string tag;  // "" of what is no summary, such as a file's head
  std::string body;
};

/// The whole records of a file, up to one that a crash has cut or damaged.
std::vector<EventRecord> read_events(const std::filesystem::path& file);

}  // namespace longtail
