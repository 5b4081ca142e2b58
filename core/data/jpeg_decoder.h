#pragma once

#include <longtail/export.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "core/data/image.h"

namespace longtail {

/// Decodes JPEGs with libjpeg-turbo: what OpenCV and Pillow use as well, but here its warnings of corrupt data count as
/// failures, and only the part of a picture that is asked for is decoded. Keeps its state from file to file.
class LONGTAIL_API JpegDecoder {
 public:
  JpegDecoder();
  ~JpegDecoder();
  JpegDecoder(JpegDecoder&&) noexcept;
  JpegDecoder& operator=(JpegDecoder&&) noexcept;

  /// Puts the pixels of `region` into `out`, the same as a full decode has there. Returns "" or what is wrong.
  std::string decode(const std::uint8_t* bytes, std::size_t size, const Rect& region, Image& out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace longtail
