#pragma once

#include <longtail/export.h>

#include <memory>
#include <string>

#include "core/draw/canvas.h"

namespace longtail {

/// The file of Noto Color Emoji: `wanted` if given, otherwise where distributions put it. Throws DataError that says
/// where it looked and which package has it.
LONGTAIL_API std::string find_emoji_font(const std::string& wanted = "");

/// Drawings of a font with coloured bitmaps (tables CBDT and CBLC). To be used from one thread at a time.
class LONGTAIL_API EmojiFont {
 public:
  /// Throws DataError where the file is no font with coloured bitmaps.
  explicit EmojiFont(std::string file);
  ~EmojiFont();

  /// At the font's own size (Noto: 136 x 128). Throws DataError where the font lacks the character.
  Sprite draw(char32_t codepoint) const;

 private:
  struct State;
  std::string file_;
  std::unique_ptr<State> state_;
};

}  // namespace longtail
