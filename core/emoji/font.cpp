#include "core/emoji/font.h"

#include <ft2build.h>

#include <cstdlib>
#include <filesystem>
#include FT_FREETYPE_H

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <longtail/error.h>

#include "registry/files/input_file.h"

namespace longtail {
namespace {

std::vector<std::string> usual_places() {
  std::vector<std::string> places{
      "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf",  // Debian, Ubuntu
      "/usr/share/fonts/noto/NotoColorEmoji.ttf",           // Arch, Alpine
      "/usr/share/fonts/google-noto-emoji/NotoColorEmoji.ttf",
      "/usr/share/fonts/google-noto-color-emoji-fonts/NotoColorEmoji.ttf",  // Fedora
      "/usr/local/share/fonts/NotoColorEmoji.ttf",
  };
  if (const char* home = std::getenv("HOME")) {
    places.push_back(std::string(home) + "/.local/share/fonts/NotoColorEmoji.ttf");
    places.push_back(std::string(home) + "/.fonts/NotoColorEmoji.ttf");
  }
  return places;
}

constexpr const char* kRemedy =
    "install it with 'apt-get install fonts-noto-color-emoji', or name a copy of NotoColorEmoji.ttf with --font";

}  // namespace

std::string find_emoji_font(const std::string& wanted) {
  std::error_code ignored;
  if (!wanted.empty()) {
    if (std::filesystem::is_regular_file(wanted, ignored)) return wanted;
    const InputFile file(wanted);
    throw DataError(fmt::format("{}: the emoji font {}; {}", wanted,
                                file.is_missing() ? "does not exist" : "cannot be read: " + file.reason(), kRemedy));
  }
  const std::vector<std::string> places = usual_places();
  for (const std::string& place : places) {
    if (std::filesystem::is_regular_file(place, ignored)) return place;
  }
  throw DataError(
      fmt::format("no emoji font: NotoColorEmoji.ttf is at none of {}; {}", fmt::join(places, ", "), kRemedy));
}

struct EmojiFont::State {
  FT_Library library = nullptr;
  FT_Face face = nullptr;
  ~State() {
    if (face != nullptr) FT_Done_Face(face);
    if (library != nullptr) FT_Done_FreeType(library);
  }
};

EmojiFont::EmojiFont(std::string file) : file_(std::move(file)), state_(std::make_unique<State>()) {
  if (FT_Init_FreeType(&state_->library) != 0) throw Error(ExitCode::other, "FreeType cannot be started");
  if (FT_New_Face(state_->library, file_.c_str(), 0, &state_->face) != 0) {
    throw DataError(fmt::format("{}: not a font that FreeType can read; {}", file_, kRemedy));
  }
  if (!FT_HAS_COLOR(state_->face) || state_->face->num_fixed_sizes == 0 || FT_Select_Size(state_->face, 0) != 0) {
    throw DataError(fmt::format("{}: the font has no coloured bitmaps (tables CBDT and CBLC); {}", file_, kRemedy));
  }
}

EmojiFont::~EmojiFont() = default;

Sprite EmojiFont::draw(char32_t codepoint) const {
  const FT_UInt glyph = FT_Get_Char_Index(state_->face, codepoint);
  if (glyph == 0 || FT_Load_Glyph(state_->face, glyph, FT_LOAD_COLOR) != 0 ||
      state_->face->glyph->bitmap.pixel_mode != FT_PIXEL_MODE_BGRA) {
    throw DataError(fmt::format("{}: the font has no coloured drawing of U+{:04X}; a newer version may have", file_,
                                static_cast<std::uint32_t>(codepoint)));
  }
  const FT_Bitmap& bitmap = state_->face->glyph->bitmap;
  Sprite sprite;
  sprite.height = static_cast<int>(bitmap.rows);
  sprite.width = static_cast<int>(bitmap.width);
  sprite.rgba.reserve(static_cast<std::size_t>(sprite.height) * sprite.width * 4);
  for (int y = 0; y < sprite.height; ++y) {
    const unsigned char* bgra = bitmap.buffer + static_cast<std::ptrdiff_t>(y) * bitmap.pitch;
    for (int x = 0; x < sprite.width; ++x, bgra += 4) {
      for (const int channel : {2, 1, 0, 3}) sprite.rgba.push_back(static_cast<float>(bgra[channel]) / 255.0f);
    }
  }
  return sprite;
}

}  // namespace longtail
