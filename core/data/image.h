#pragma once

#include <longtail/export.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/data/image_format.h"

namespace longtail {

class JpegDecoder;

/// RGB, 8 bits, interleaved, rows without padding.
struct Image {
  int height = 0;
  int width = 0;
  std::vector<std::uint8_t> pixels;

  const std::uint8_t* row(int y) const { return pixels.data() + static_cast<std::size_t>(y) * width * 3; }
  std::uint8_t* row(int y) { return pixels.data() + static_cast<std::size_t>(y) * width * 3; }
  void resize(int new_height, int new_width);
};

/// Writes a PNG, or a JPEG where the name ends in .jpg. Throws Error where it cannot.
LONGTAIL_API void write_image(const std::string& file, const Image& image, int jpeg_quality = 95);

/// The same in floats, 0 ... 255.
struct FloatImage {
  int height = 0;
  int width = 0;
  std::vector<float> pixels;

  const float* row(int y) const { return pixels.data() + static_cast<std::size_t>(y) * width * 3; }
};

/// What to do with a picture that cannot be read.
enum class BadImage { stop, skip };

/// OpenCV uses the thread it is called from and no others, from now on: pictures are loaded in parallel, never parts of
/// one. May be called often.
LONGTAIL_API void keep_opencv_to_one_thread();

/// In pixels.
struct Rect {
  int top = 0;
  int left = 0;
  int height = 0;
  int width = 0;
};

/// Reads JPEG and PNG files. Strict: a file that is truncated, corrupt or of another kind, or that asks for more than
/// the options allow, is a DataError naming the file and what to do, never a picture that is partly grey. Grey pictures
/// become RGB, alpha is dropped, of 16 bits the upper 8 count. With exif_orientation all sizes and parts are those of
/// the upright picture. One reader is meant to read many files: it keeps its buffers.
class LONGTAIL_API ImageReader {
 public:
  explicit ImageReader(const ImageOptions& options = {});
  ~ImageReader();

  /// What errors say to do about a picture, in place of what is right for one of a list in a configuration.
  void advise(std::string advice) { advice_ = std::move(advice); }

  /// Reads the file and checks its structure; height() and width() are known after it.
  void open(const std::string& path);
  /// The same for bytes in memory; `name` stands for the file in messages.
  void open_bytes(std::vector<std::uint8_t> bytes, std::string name);

  int height() const { return height_; }
  int width() const { return width_; }
  /// EXIF's orientation of the open file, 1 ... 8, whether it is applied or not.
  int orientation() const { return header_.orientation; }
  bool applies_orientation() const { return options_.exif_orientation; }
  /// Of the open file, all of it.
  const std::vector<std::uint8_t>& bytes() const { return bytes_; }
  /// What is odd about the picture that was decoded last, though it can be used; "" mostly.
  const std::string& warning() const { return warning_; }

  /// The whole picture. Valid until the next call of decode() or open().
  const Image& decode();
  /// The part of the picture that `region` covers, which lies inside it; pixel for pixel what decode() gives there.
  const Image& decode(const Rect& region);

 private:
  void check();
  void decode_stored(const Rect& region, Image& out);
  void decode_png(const Rect& region, Image& out);
  [[noreturn]] void fail(const std::string& problem) const;

  ImageOptions options_;
  std::string name_;
  std::string advice_ =
      "replace the file, take it off the list, or leave such pictures out with 'data.bad_image: skip'";
  std::vector<std::uint8_t> bytes_;
  ImageHeader header_;
  int height_ = 0;
  int width_ = 0;
  std::string warning_;
  std::unique_ptr<JpegDecoder> jpeg_;
  Image image_;
  Image stored_;  // before it is turned upright
};

}  // namespace longtail
