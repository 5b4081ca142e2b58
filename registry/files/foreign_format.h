#pragma once

#include <longtail/export.h>

#include <string>
#include <string_view>

namespace longtail {

/// What a file is that stands where another is expected, told from its first bytes, and what to do about it: "this is a
/// pointer of Git LFS, not the file itself; fetch it with 'git lfs pull'". "" where they look like nothing of the kind.
/// Knows what downloads, archives and editors leave behind: gzip and other archives, pages of HTML, Git LFS, UTF-16
/// and UTF-32.
LONGTAIL_API std::string foreign_format(std::string_view bytes);

/// The text without the byte order mark of UTF-8, which editors on Windows put before it.
LONGTAIL_API std::string_view without_byte_order_mark(std::string_view text);

}  // namespace longtail
