#include "core/io/gzip.h"

#include <fmt/format.h>
#include <longtail/error.h>
#include <zlib.h>

#include <algorithm>
#include <cstddef>

namespace longtail {
namespace {

constexpr int kGzipOnly = 16 + MAX_WBITS;  // how zlib is told the container
constexpr std::size_t kStep = 4 << 20;
// JSON of annotations packs to a tenth, at best to a fiftieth; a bomb of deflate reaches a thousandth.
constexpr std::size_t kMostTimes = 200;
constexpr std::size_t kAlwaysFine = 64 << 20;

/// zlib's state, freed in any case.
class Inflater {
 public:
  explicit Inflater(const std::filesystem::path& file) : file_(file) {
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) fail("zlib cannot be started");
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  std::string unpack(std::string_view packed) {
    std::string out;
    std::size_t written = 0;
    for (std::string_view rest = packed;;) {
      out.resize(std::max(out.size(), written + kStep));
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest.data()));
      stream_.avail_in = static_cast<uInt>(std::min(rest.size(), kStep));
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + written);
      stream_.avail_out = static_cast<uInt>(kStep);
      const std::size_t offered = stream_.avail_in;
      const int state = inflate(&stream_, Z_NO_FLUSH);
      rest.remove_prefix(offered - stream_.avail_in);
      written += kStep - stream_.avail_out;
      check_size(written, packed.size());
      if (state == Z_STREAM_END) {
        // Another member may follow; anything else behind the end is ignored, as gzip does.
        if (!is_gzip(rest)) break;
        inflateReset(&stream_);
      } else if (state == Z_BUF_ERROR) {
        fail("the gzip data end too early; the file is cut: copy it again");
      } else if (state != Z_OK) {
        fail("the gzip data are damaged; copy the file again");
      }
    }
    out.resize(written);
    return out;
  }

 private:
  void check_size(std::size_t unpacked, std::size_t packed) const {
    if (unpacked <= kAlwaysFine || unpacked / kMostTimes <= packed) return;
    fail(fmt::format("as gzip it unpacks to more than {} times its size; if that is meant, unpack it with gunzip",
                     kMostTimes));
  }
  [[noreturn]] void fail(const std::string& what) const {
    throw DataError(fmt::format("{}: {}", file_.string(), what));
  }

  const std::filesystem::path& file_;
  z_stream stream_{};
};

}  // namespace

bool is_gzip(std::string_view bytes) { return bytes.substr(0, 2) == "\x1f\x8b"; }

std::string gunzip(std::string_view packed, const std::filesystem::path& file) { return Inflater(file).unpack(packed); }

}  // namespace longtail
