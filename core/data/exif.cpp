#include "core/data/exif.h"

namespace longtail {
namespace {

constexpr std::uint32_t kOrientation = 0x0112;
constexpr std::uint32_t kByte = 1, kShort = 3, kLong = 4;  // types of a value
constexpr std::size_t kEntryBytes = 12;                    // tag, type, count, value

/// Numbers of a TIFF structure in its own byte order; zeros outside of it.
class Tiff {
 public:
  Tiff(const std::uint8_t* bytes, std::size_t size) : bytes_(bytes), size_(size) {
    little_ = size >= 8 && bytes[0] == 'I' && bytes[1] == 'I';
    const bool big = size >= 8 && bytes[0] == 'M' && bytes[1] == 'M';
    valid_ = (little_ || big) && number(2, 2) == 42;
  }

  bool valid() const { return valid_; }
  std::size_t size() const { return size_; }

  std::uint32_t number(std::size_t at, std::size_t length) const {
    if (at > size_ || size_ - at < length) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < length; ++i) value = value << 8 | bytes_[little_ ? at + length - 1 - i : at + i];
    return value;
  }

 private:
  const std::uint8_t* bytes_;
  std::size_t size_;
  bool little_ = false;
  bool valid_ = false;
};

}  // namespace

int exif_orientation(const std::uint8_t* bytes, std::size_t size) {
  const Tiff tiff(bytes, size);
  if (!tiff.valid()) return 1;
  const std::size_t directory = tiff.number(4, 4);
  const std::size_t entries = tiff.number(directory, 2);
  for (std::size_t i = 0, at = directory + 2; i < entries && at < tiff.size(); ++i, at += kEntryBytes) {
    if (tiff.number(at, 2) != kOrientation) continue;
    const std::uint32_t type = tiff.number(at + 2, 2);
    const std::size_t length = type == kByte ? 1 : type == kShort ? 2 : type == kLong ? 4 : 0;
    const std::uint32_t value = tiff.number(at + 8, length);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

}  // namespace longtail
