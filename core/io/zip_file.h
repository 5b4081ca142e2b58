#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/io/mapped_file.h"

namespace longtail {

/// One file of a zip archive; the bytes belong to the mapping.
struct ZipEntry {
  std::string_view bytes;
  std::uint32_t crc = 0;
  bool stored = true;  // false: compressed or encrypted, and not to be used
};

/// The table of contents of a zip archive (PKWARE's APPNOTE 6.3, with zip64). torch.save() stores its files; nothing is
/// decompressed here. Throws DataError with the path, the byte and what to do if the archive is damaged.
std::map<std::string, ZipEntry> read_zip(const MappedFile& file);

/// True if the bytes of a stored entry have the CRC-32 that the archive gives.
bool is_intact(const ZipEntry& entry);

}  // namespace longtail
