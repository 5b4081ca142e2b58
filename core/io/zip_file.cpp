#include "core/io/zip_file.h"

#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>
#include <boost/crc.hpp>
#include <cstring>
#include <utility>
#include <vector>

namespace longtail {
namespace {

constexpr std::uint32_t local_signature = 0x04034b50;
constexpr std::uint32_t central_signature = 0x02014b50;
constexpr std::uint32_t end_signature = 0x06054b50;
constexpr std::uint32_t end64_signature = 0x06064b50;
constexpr std::uint32_t locator64_signature = 0x07064b50;
constexpr std::uint64_t end_size = 22;
constexpr std::uint64_t locator64_size = 20;
constexpr std::uint32_t in_extra_field = 0xffffffff;

/// Reads numbers and parts at any place of the archive.
class ZipReader {
 public:
  explicit ZipReader(const MappedFile& file) : file_(file), bytes_(file.bytes()) {}

  std::map<std::string, ZipEntry> read() {
    const auto [begin, count] = find_directory();
    std::map<std::string, ZipEntry> entries;
    std::uint64_t place = begin;
    for (std::uint64_t i = 0; i < count; ++i) place = read_entry(place, entries);
    refuse_shared_bytes();
    return entries;
  }

 private:
  [[noreturn]] void fail(std::uint64_t place, const std::string& what,
                         std::string_view advice = "the file is damaged or incomplete; get it again") const {
    throw DataError(fmt::format("{}: byte {}: {}; {}", file_.path().string(), place, what, advice));
  }

  std::string_view part(std::uint64_t place, std::uint64_t size) const {
    if (place > bytes_.size() || size > bytes_.size() - place) {
      fail(std::min<std::uint64_t>(place, bytes_.size()), "the archive refers to bytes after the end of the file");
    }
    return bytes_.substr(place, size);
  }

  template <class Number>
  Number number(std::uint64_t place) const {
    Number value{};
    std::memcpy(&value, part(place, sizeof value).data(), sizeof value);
    return value;
  }

  /// The record at the file's end, before a comment of up to 64 KiB.
  std::uint64_t find_end() const {
    if (bytes_.size() < end_size) fail(bytes_.size(), "the file ends before the archive's table of contents");
    const std::uint64_t last = bytes_.size() - end_size;
    const std::uint64_t first = last > 0xffff ? last - 0xffff : 0;
    for (std::uint64_t place = last + 1; place-- > first;) {
      const bool found = number<std::uint32_t>(place) == end_signature &&
                         number<std::uint16_t>(place + 20) == bytes_.size() - place - end_size;
      if (found) return place;
    }
    fail(bytes_.size(), "the file ends before the archive's table of contents");
  }

  std::pair<std::uint64_t, std::uint64_t> find_directory() const {
    const auto end = find_end();
    if (end >= locator64_size && number<std::uint32_t>(end - locator64_size) == locator64_signature) {
      const auto end64 = number<std::uint64_t>(end - locator64_size + 8);
      if (end64 > bytes_.size() || number<std::uint32_t>(end64) != end64_signature) {
        fail(end - locator64_size, "the archive's zip64 record is not where it should be");
      }
      return {number<std::uint64_t>(end64 + 48), number<std::uint64_t>(end64 + 32)};
    }
    return {number<std::uint32_t>(end + 16), number<std::uint16_t>(end + 10)};
  }

  /// Reads the entry of the table at `place`; gives the place of the next.
  std::uint64_t read_entry(std::uint64_t place, std::map<std::string, ZipEntry>& entries) {
    part(place, 46);
    if (number<std::uint32_t>(place) != central_signature) fail(place, "the archive's table of contents is damaged");
    const std::uint64_t name_size = number<std::uint16_t>(place + 28);
    const std::uint64_t extra_size = number<std::uint16_t>(place + 30);
    const std::string name(part(place + 46, name_size));
    const auto flags = number<std::uint16_t>(place + 8);
    const auto method = number<std::uint16_t>(place + 10);
    const auto extra = part(place + 46 + name_size, extra_size);
    auto extra_place = find_extra64(place + 46 + name_size, extra.size());
    const auto wide = [&](std::uint32_t narrow) {
      if (narrow != in_extra_field || extra_place == 0) return std::uint64_t{narrow};
      extra_place += 8;
      return number<std::uint64_t>(extra_place - 8);
    };
    const auto size = wide(number<std::uint32_t>(place + 24));
    const auto stored = wide(number<std::uint32_t>(place + 20));
    const auto local = wide(number<std::uint32_t>(place + 42));
    const bool plain = (flags & 1) == 0 && method == 0;
    if (plain && size != stored) fail(place, "an entry of the archive has two sizes");
    const ZipEntry entry{data(local, stored), number<std::uint32_t>(place + 16), plain};
    if (!entries.emplace(name, entry).second) fail(place, "the archive holds a name twice");
    return place + 46 + name_size + extra_size + number<std::uint16_t>(place + 32);
  }

  /// The place of the 64-bit sizes in an entry's extra fields; 0 if there are none.
  std::uint64_t find_extra64(std::uint64_t place, std::uint64_t size) const {
    const auto end = place + size;
    while (end - place >= 4) {
      const std::uint64_t length = number<std::uint16_t>(place + 2);
      if (number<std::uint16_t>(place) == 1) return place + 4;
      if (length > end - place - 4) break;
      place += 4 + length;
    }
    return 0;
  }

  std::string_view data(std::uint64_t local, std::uint64_t size) {
    part(local, 30);
    if (number<std::uint32_t>(local) != local_signature)
      fail(local, "an entry of the archive is not where it should be");
    const std::uint64_t head =
        std::uint64_t{30} + number<std::uint16_t>(local + 26) + number<std::uint16_t>(local + 28);
    const std::string_view bytes = part(local + head, size);
    taken_.emplace_back(local, local + head + size);
    return bytes;
  }

  /// Entries that lie on each other make a small file cost as much as a large one.
  void refuse_shared_bytes() {
    std::sort(taken_.begin(), taken_.end());
    for (std::size_t i = 1; i < taken_.size(); ++i) {
      if (taken_[i].first < taken_[i - 1].second) {
        fail(taken_[i].first, "two entries of the archive share bytes, which torch.save() never writes");
      }
    }
  }

  const MappedFile& file_;
  std::string_view bytes_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> taken_;  // begin and end of each entry with its head
};

}  // namespace

std::map<std::string, ZipEntry> read_zip(const MappedFile& file) { return ZipReader(file).read(); }

bool is_intact(const ZipEntry& entry) {
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
  return true;  // no fuzzer finds a checksum
#endif
  boost::crc_32_type crc;
  crc.process_bytes(entry.bytes.data(), entry.bytes.size());
  return crc.checksum() == entry.crc;
}

}  // namespace longtail
