#pragma once

#include <longtail/export.h>

#include <string>
#include <vector>

#include "core/emoji/categories.h"
#include "core/emoji/font.h"

namespace longtail {

/// Without the transparent border.
LONGTAIL_API Sprite trimmed(const Sprite& sprite);

/// Reads a PNG; without transparency it is opaque. Throws DataError.
LONGTAIL_API Sprite read_sprite(const std::string& file);

/// Drawings of each category, trimmed, one a style or more.
///
/// `folder` "": from the emoji font (`font`, or where distributions put it). Otherwise PNGs <codepoint>.png
/// (hexadecimal, with or without leading zeros), in the folder or in folders inside it, which are styles. A category
/// without a drawing, or a folder without pictures, is a DataError.
LONGTAIL_API std::vector<std::vector<Sprite>> load_sprites(const std::vector<EmojiCategory>& categories,
                                                           const std::string& font, const std::string& folder);

}  // namespace longtail
