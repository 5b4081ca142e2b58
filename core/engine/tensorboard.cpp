#include "core/engine/tensorboard.h"

#include <array>
#include <chrono>
#include <cstring>

#include <fmt/format.h>

namespace longtail {
namespace {

double wall_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::array<std::uint32_t, 256> crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) ? 0x82F63B78u : 0u);
    table[i] = value;
  }
  return table;
}

// The little of protobuf that an Event needs: tags, varints, fixed numbers and nested messages.
template <class T>
std::string raw(T value) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<char>((value & 0x7F) | 0x80));
  bytes.push_back(static_cast<char>(value));
  return bytes;
}

std::string tag(int field, int wire_type) { return varint(static_cast<std::uint64_t>(field) << 3 | wire_type); }
std::string bytes_field(int field, const std::string& value) { return tag(field, 2) + varint(value.size()) + value; }

// TFRecord stores checksums rotated and shifted, so that a checksum of data that holds checksums stays strong.
std::uint32_t masked_crc(const std::string& bytes) {
  const std::uint32_t crc = crc32c(bytes);
  return ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
}

}  // namespace

std::uint32_t crc32c(const std::string& bytes) {
  static const std::array<std::uint32_t, 256> table = crc_table();
  std::uint32_t crc = 0xFFFFFFFFu;
  for (const char byte : bytes) crc = (crc >> 8) ^ table[(crc ^ static_cast<std::uint8_t>(byte)) & 0xFF];
  return crc ^ 0xFFFFFFFFu;
}

TensorBoard::TensorBoard(const std::filesystem::path& folder)
    : file_(folder / fmt::format("events.out.tfevents.{:.0f}.longtail", wall_time()), AppendFile::Start::anew) {
  write_event(tag(1, 1) + raw(wall_time()) + bytes_field(3, "brain.Event:2"));
}

void TensorBoard::scalar(const std::string& name, double value, std::int64_t step) {
  const std::string entry = bytes_field(1, name) + tag(2, 5) + raw(static_cast<float>(value));
  write_event(tag(1, 1) + raw(wall_time()) + tag(2, 0) + varint(static_cast<std::uint64_t>(step)) +
              bytes_field(5, bytes_field(1, entry)));
}

void TensorBoard::write_event(const std::string& body) {
  const std::string length = raw(static_cast<std::uint64_t>(body.size()));
  waiting_ += length + raw(masked_crc(length)) + body + raw(masked_crc(body));
}

void TensorBoard::flush() {
  if (!waiting_.empty()) file_.write(waiting_);
  waiting_.clear();
}

}  // namespace longtail
