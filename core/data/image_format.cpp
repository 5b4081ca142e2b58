#include "core/data/image_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "core/data/exif.h"
#include "registry/files/foreign_format.h"

namespace longtail {
namespace {

constexpr std::uint8_t kPngMagic[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

constexpr char kExif[6] = {'E', 'x', 'i', 'f', 0, 0};  // before the EXIF data of a JPEG's APP1

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

// The orientation that a JPEG's segment tells, 0 where it holds no EXIF data. `at` is its length's place.
int orientation_of(int marker, const std::uint8_t* at, std::size_t length) {
  const std::size_t head = 2 + sizeof kExif;
  if (marker != 0xe1 || length < head || std::memcmp(at + 2, kExif, sizeof kExif) != 0) return 0;
  return exif_orientation(at + head, length - head);
}

ImageHeader inspect_jpeg(const std::uint8_t* bytes, std::size_t size, const ImageOptions& options) {
  const std::uint8_t* const end = bytes + size;
  const std::uint8_t* at = bytes + 2;
  ImageHeader header;
  header.format = ImageFormat::jpeg;
  const std::string truncated = fmt::format("truncated JPEG: it ends after {} bytes without an end marker", size);
  std::int64_t scans = 0;
  bool has_exif = false;
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
    if (const int told = has_exif ? 0 : orientation_of(marker, at, static_cast<std::size_t>(length)); told != 0) {
      header.orientation = told;  // of the first: a second one is what another program left behind
      has_exif = true;
    }
    at += length;
    if (marker == 0xda) {
      if (++scans > options.max_scans) {
        return problem_of(header, fmt::format("a JPEG of more than {} scans, the most that data.max_scans allows; each "
                                              "takes the time of a whole picture: raise it if this one is meant",
                                              options.max_scans));
      }
      at = end_of_scan(at, end);
      if (at == nullptr) return problem_of(header, truncated);
    }
  }
  if (header.height == 0 || header.width == 0) return problem_of(header, "corrupt JPEG: no picture size");
  if (scans == 0) return problem_of(header, "corrupt JPEG: no picture data");
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
      if (header.width > 0) {
        return problem_of(header, fmt::format("corrupt PNG: a second picture size at byte {}", at));
      }
      header.width = static_cast<int>(be32(bytes + at + 8) & 0x7fffffff);
      header.height = static_cast<int>(be32(bytes + at + 12) & 0x7fffffff);
      if (length >= 9) header.bits = bytes[at + 16];
    }
    if (std::memcmp(name, "eXIf", 4) == 0) header.orientation = exif_orientation(bytes + at + 8, length);
    if (std::memcmp(name, "IEND", 4) == 0) {
      if (header.width == 0 || header.height == 0) return problem_of(header, "corrupt PNG: no picture size");
      return header;
    }
    at += length + 12;
  }
  return problem_of(header, fmt::format("truncated PNG: it ends after {} bytes without an end chunk", size));
}

struct Kind {
  std::size_t at;
  std::string_view bytes;
  const char* name;
};

// What is no picture that we read. Other formats are named, and so is what takes a picture's place by accident.
std::string what_else(const std::uint8_t* bytes, std::size_t size) {
  constexpr Kind kKinds[] = {{0, "GIF8", "a GIF"},        {8, "WEBP", "a WebP"},       {0, "BM", "a BMP"},
                             {0, {"II*\0", 4}, "a TIFF"}, {0, {"MM\0*", 4}, "a TIFF"}, {4, "ftypheic", "a HEIC"},
                             {4, "ftypmif1", "a HEIC"},   {4, "ftypavif", "an AVIF"},  {4, "jP  ", "a JPEG 2000"},
                             {0, "%PDF", "a PDF"}};
  const std::string_view text(reinterpret_cast<const char*>(bytes), std::min<std::size_t>(size, 4096));
  for (const Kind& kind : kKinds) {
    if (text.size() >= kind.at && text.substr(kind.at, kind.bytes.size()) == kind.bytes) {
      return fmt::format("neither JPEG nor PNG; this is {}: convert it", kind.name);
    }
  }
  const std::string foreign = foreign_format(text);
  return foreign.empty() ? "neither JPEG nor PNG" : "neither JPEG nor PNG; " + foreign;
}

}  // namespace

ImageHeader inspect_image(const std::uint8_t* bytes, std::size_t size, const ImageOptions& options) {
  if (size == 0) return problem_of({}, "empty file");
  ImageHeader header;
  if (size >= 3 && bytes[0] == 0xff && bytes[1] == 0xd8 && bytes[2] == 0xff) {
    header = inspect_jpeg(bytes, size, options);
  } else if (size >= sizeof kPngMagic && std::memcmp(bytes, kPngMagic, sizeof kPngMagic) == 0) {
    header = inspect_png(bytes, size);
  } else {
    return problem_of({}, what_else(bytes, size));
  }
  if (header.problem.empty() && static_cast<std::int64_t>(header.height) * header.width > options.max_pixels) {
    header.problem = fmt::format("{} x {} pixels are too many: data.max_pixels is {}; raise it if the picture is meant",
                                 header.width, header.height, options.max_pixels);
  }
  return header;
}

}  // namespace longtail
