#include "core/data/jpeg_decoder.h"

#include <fmt/format.h>
#include <jerror.h>
#include <jpeglib.h>

#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <new>

namespace longtail {
namespace {

// libjpeg reports through these. `base` must come first: libjpeg hands out pointers to it.
struct Reports {
  jpeg_error_mgr base;
  std::jmp_buf escape;
  char message[JMSG_LENGTH_MAX];
};

Reports& reports_of(j_common_ptr info) { return *reinterpret_cast<Reports*>(info->err); }

[[noreturn]] void on_error(j_common_ptr info) {
  Reports& reports = reports_of(info);
  info->err->format_message(info, reports.message);
  std::longjmp(reports.escape, 1);
}

// Warnings after which some of the pixels are made up; the others (odd version numbers, padding) are harmless.
bool loses_pixels(int code) {
  return code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE || code == JWRN_JPEG_EOF || code == JWRN_MUST_RESYNC ||
         code == JWRN_BOGUS_PROGRESSION;
}

void on_message(j_common_ptr info, int level) {
  // The rest would be decoded for nothing, and the rest of a few bytes may be a hundred million pixels.
  if (level < 0 && loses_pixels(info->err->msg_code)) on_error(info);
}

// Adobe's convention, inverted inks: R = C K / 255.
void cmyk_to_rgb(const std::uint8_t* from, int width, std::uint8_t* to) {
  for (int x = 0; x < width; ++x, from += 4, to += 3) {
    for (int c = 0; c < 3; ++c) to[c] = static_cast<std::uint8_t>((from[c] * from[3] + 127) / 255);
  }
}

}  // namespace

struct JpegDecoder::State {
  jpeg_decompress_struct info{};
  Reports reports{};
  std::vector<std::uint8_t> line;

  State() {
    info.err = jpeg_std_error(&reports.base);
    reports.base.error_exit = on_error;
    reports.base.emit_message = on_message;
    reports.base.output_message = [](j_common_ptr) {};
    // Nothing can fail here but the allocation of a few kilobytes, which ends as every failed allocation does.
    if (setjmp(reports.escape) != 0) throw std::bad_alloc();
    jpeg_create_decompress(&info);
  }
  ~State() { jpeg_destroy_decompress(&info); }

  // No object with a destructor may live here: errors leave through longjmp.
  bool run(const std::uint8_t* bytes, std::size_t size, const Rect& region, Image& out) {
    if (setjmp(reports.escape) != 0) {
      jpeg_abort_decompress(&info);
      return false;
    }
    jpeg_mem_src(&info, bytes, static_cast<unsigned long>(size));
    jpeg_read_header(&info, TRUE);
    if (!contains(region)) {
      std::snprintf(reports.message, sizeof reports.message, "it is %u x %u pixels only", info.image_width,
                    info.image_height);
      jpeg_abort_decompress(&info);
      return false;
    }
    const bool inks = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
    info.out_color_space = inks ? JCS_CMYK : JCS_RGB;
    jpeg_start_decompress(&info);
    read_region(region, inks, out);
    jpeg_abort_decompress(&info);  // what lies below the region is not decoded
    return true;
  }

  bool contains(const Rect& region) const {
    return static_cast<JDIMENSION>(region.left + region.width) <= info.image_width &&
           static_cast<JDIMENSION>(region.top + region.height) <= info.image_height;
  }

  void read_region(const Rect& region, bool inks, Image& out) {
    JDIMENSION left = 0, width = info.output_width;
    if (region.width < static_cast<int>(info.output_width)) {
      // Upsampled colours near a cut differ from those of the whole picture: cut one block further out.
      const int margin = info.max_h_samp_factor * DCTSIZE;
      left = static_cast<JDIMENSION>(std::max(0, region.left - margin));
      const int right = std::min(static_cast<int>(info.output_width), region.left + region.width + margin);
      width = static_cast<JDIMENSION>(right) - left;
      jpeg_crop_scanline(&info, &left, &width);
    }
    if (region.top > 0) jpeg_skip_scanlines(&info, static_cast<JDIMENSION>(region.top));
    const bool direct = !inks && static_cast<int>(width) == region.width;
    const int components = inks ? 4 : 3;
    if (!direct) line.resize(static_cast<std::size_t>(width) * components);
    for (int y = 0; y < region.height; ++y) {
      std::uint8_t* const row = out.row(y);
      JSAMPROW target = direct ? row : line.data();
      jpeg_read_scanlines(&info, &target, 1);  // the whole file is in memory: a line is always there
      if (direct) continue;
      const std::uint8_t* const from =
          line.data() + static_cast<std::size_t>(region.left - static_cast<int>(left)) * components;
      if (inks) {
        cmyk_to_rgb(from, region.width, row);
      } else {
        std::memcpy(row, from, static_cast<std::size_t>(region.width) * 3);
      }
    }
  }
};

JpegDecoder::JpegDecoder() : state_(std::make_unique<State>()) {}
JpegDecoder::~JpegDecoder() = default;
JpegDecoder::JpegDecoder(JpegDecoder&&) noexcept = default;
JpegDecoder& JpegDecoder::operator=(JpegDecoder&&) noexcept = default;

std::string JpegDecoder::decode(const std::uint8_t* bytes, std::size_t size, const Rect& region, Image& out) {
  state_->reports.message[0] = 0;
  out.resize(region.height, region.width);
  if (state_->run(bytes, size, region, out)) return {};
  return fmt::format("corrupt JPEG: {}", state_->reports.message);
}

}  // namespace longtail
