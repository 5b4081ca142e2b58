#include "core/engine/event_file.h"

#include <array>
#include <cstring>
#include <string_view>

#include "core/io/own_file.h"

namespace longtail {
namespace {

std::array<std::uint32_t, 256> crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) ? 0x82F63B78u : 0u);
    table[i] = value;
  }
  return table;
}

// TFRecord stores checksums rotated and shifted, so that a checksum of data that holds checksums stays strong.
std::uint32_t masked_crc(const std::string& bytes) {
  const std::uint32_t crc = crc32c(bytes);
  return ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
}

template <class T>
std::string raw(T value) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

template <class T>
T value_at(std::string_view bytes) {
  T value{};
  std::memcpy(&value, bytes.data(), sizeof(T));
  return value;
}

/// Walks over the fields of a protobuf message.
class Fields {
 public:
  explicit Fields(std::string_view message) : rest_(message) {}

  /// The next field: its number, and its content (of wire type 2) or its value (of type 0). False at the end, and where
  /// what is left is no field.
  bool next() {
    std::uint64_t key = 0;
    if (!varint(key)) return false;
    number = static_cast<int>(key >> 3);
    content = {};
    value = 0;
    switch (key & 7) {
      case 0:
        return varint(value);
      case 1:
        return take(8);
      case 2: {
        std::uint64_t size = 0;
        return varint(size) && take(size);
      }
      case 5:
        return take(4);
      default:
        return false;
    }
  }

  int number = 0;
  std::uint64_t value = 0;
  std::string_view content;

 private:
  bool varint(std::uint64_t& out) {
    out = 0;
    for (int shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      out |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if ((byte & 0x80) == 0) return true;
    }
    return false;
  }
  bool take(std::uint64_t size) {
    if (size > rest_.size()) return false;
    content = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }

  std::string_view rest_;
};

/// The content of the first field of this number.
std::string_view field_of(std::string_view message, int number) {
  Fields fields(message);
  while (fields.next()) {
    if (fields.number == number) return fields.content;
  }
  return {};
}

EventRecord event_of(std::string body) {
  EventRecord event;
  Fields fields(body);
  while (fields.next()) {
    if (fields.number == 2) event.step = static_cast<std::int64_t>(fields.value);
    if (fields.number == 5) event.tag = field_of(field_of(fields.content, 1), 1);  // summary, its value, its tag
  }
  event.body = std::move(body);
  return event;
}

}  // namespace

std::uint32_t crc32c(const std::string& bytes) {
  static const std::array<std::uint32_t, 256> table = crc_table();
  std::uint32_t crc = 0xFFFFFFFFu;
  for (const char byte : bytes) crc = (crc >> 8) ^ table[(crc ^ static_cast<std::uint8_t>(byte)) & 0xFF];
  return crc ^ 0xFFFFFFFFu;
}

std::string event_record(const std::string& body) {
  const std::string length = raw(static_cast<std::uint64_t>(body.size()));
  return length + raw(masked_crc(length)) + body + raw(masked_crc(body));
}

std::vector<EventRecord> read_events(const std::filesystem::path& file) {
  constexpr std::size_t kBefore = 12, kAfter = 4;  // length and its checksum; the body's checksum
  const std::string bytes = read_own_file(file);
  std::vector<EventRecord> events;
  std::string_view rest = bytes;
  while (rest.size() >= kBefore + kAfter) {
    const auto size = value_at<std::uint64_t>(rest);
    if (size > rest.size() - kBefore - kAfter) break;
    std::string body(rest.substr(kBefore, size));
    if (value_at<std::uint32_t>(rest.substr(kBefore + size)) != masked_crc(body)) break;
    events.push_back(event_of(std::move(body)));
    rest.remove_prefix(kBefore + size + kAfter);
  }
  return events;
}

}  // namespace longtail
