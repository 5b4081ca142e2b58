#include "core/data/image_format.h"

#include <fmt/format.h>

#include <cstring>

namespace longtail {
namespace {

constexpr std::uint8_t kPngMagic[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

constexpr std::int64_t kMaxPixels = std::int64_t{1} << 28;  // a header must not ask for all of the memory

int be16(const std::uint8_t* p) { return p[0] << 8 | p[1]; }
std::uint32_t be32(const std::uint8_t* p) {
  return static_cast<std::uint32_t>(p[0]) << 24 | static_cast<std::uint32_t>(p[1]) << 16 | be16(p + 2);
}

ImageHeader problem_of(ImageHeader header, std::string problem) {
  header.problem = std::move(problem);
  return header;
}

bool is_frame_header(int marker) {  // SOF0 ... SOF15 without DHT, JPG and DAC
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

bool has_no_length(int marker) { return marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8); }

// The position of the marker that ends entropy-coded data: 0xff not followed by a stuffed 0 or a restart marker.
const std::uint8_t* end_of_scan(const std::uint8_t* at, const std::uint8_t* end) {
  while ((at = static_cast<const std::uint8_t*>(std::memchr(at, 0xff, static_cast<std::size_t>(end - at))))) {
    if (at + 1 >= end) return nullptr;
    if (at[1] != 0 && (at[1] < 0xd0 || at[1] > 0xd7)) return at;
    at += 2;
  }
  return nullptr;
}

ImageHeader inspect_jpeg(const std::uint8_t* bytes, std::size_t size) {
  const std::uint8_t* const end = bytes + size;
  const std::uint8_t* at = bytes + 2;
  ImageHeader header;
  header.format = ImageFormat::jpeg;
  const std::string truncated = fmt::format("truncated JPEG: it ends after {} bytes without an end marker", size);
  bool has_scan = false;
  for (;;) {
    if (end - at < 2) return problem_of(header, truncated);
    const int marker = at[1];
    if (at[0] != 0xff || marker == 0xff || marker == 0) {  // stray bytes, which decoders skip, or fill bytes
      ++at;
      continue;
    }
    at += 2;
    if (marker == 0xd9) break;
    if (has_no_length(marker)) continue;
    if (end - at < 2 || be16(at) > end - at) return problem_of(header, truncated);
    const int length = be16(at);
    if (length < 2) return problem_of(header, fmt::format("corrupt JPEG: empty segment at byte {}", at - bytes));
    if (is_frame_header(marker) && length >= 8) {
      // Decoders take the first; believing another would promise pixels that they do not give.
      if (header.width > 0) {
        return problem_of(header, fmt::format("corrupt JPEG: a second picture size at byte {}", at - bytes));
      }
      header.height = be16(at + 3);
      header.width = be16(at + 5);
    }
    at += length;
    if (marker == 0xda) {
      has_scan = true;
      at = end_of_scan(at, end);
      if (at == nullptr) return problem_of(header, truncated);
    }
  }
  if (header.height == 0 || header.width == 0) return problem_of(header, "corrupt JPEG: no picture size");
  if (!has_scan) return problem_of(header, "corrupt JPEG: no picture data");
  return header;
}

ImageHeader inspect_png(const std::uint8_t* bytes, std::size_t size) {
  ImageHeader header;
  header.format = ImageFormat::png;
  std::size_t at = sizeof kPngMagic;
  while (size - at >= 12) {  // length, name, data, checksum
    const std::size_t length = be32(bytes + at);
    if (length > size - at - 12) break;
    const auto* name = reinterpret_cast<const char*>(bytes + at + 4);
    if (std::memcmp(name, "IHDR", 4) == 0 && length >= 8) {
      header.width = static_cast<int>(be32(bytes + at + 8) & 0x7fffffff);
      header.height = static_cast<int>(be32(bytes + at + 12) & 0x7fffffff);
    }
    if (std::memcmp(name, "IEND", 4) == 0) {
      if (header.width == 0 || header.height == 0) return problem_of(header, "corrupt PNG: no picture size");
      return header;
    }
    at += length + 12;
  }
  return problem_of(header, fmt::format("truncated PNG: it ends after {} bytes without an end chunk", size));
}

}  // namespace

ImageHeader inspect_image(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return problem_of({}, "empty file");
  ImageHeader header;
  if (size >= 3 && bytes[0] == 0xff && bytes[1] == 0xd8 && bytes[2] == 0xff) {
    header = inspect_jpeg(bytes, size);
  } else if (size >= sizeof kPngMagic && std::memcmp(bytes, kPngMagic, sizeof kPngMagic) == 0) {
    header = inspect_png(bytes, size);
  } else {
    return problem_of({}, "neither JPEG nor PNG");
  }
  if (header.problem.empty() && static_cast<std::int64_t>(header.height) * header.width > kMaxPixels) {
    header.problem = fmt::format("{} x {} pixels are too many", header.width, header.height);
  }
  return header;
}

}  // namespace longtail
