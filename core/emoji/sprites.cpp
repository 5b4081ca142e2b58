#include "core/emoji/sprites.h"

#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <opencv2/imgcodecs.hpp>
#include <set>

#include "registry/files/input_file.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;

// The codepoint that a file is named after, or 0.
std::uint32_t codepoint_of(const fs::path& file) {
  const std::string stem = file.stem().string();
  std::uint32_t code = 0;
  const auto [rest, error] = std::from_chars(stem.data(), stem.data() + stem.size(), code, 16);
  return file.extension() == ".png" && error == std::errc() && rest == stem.data() + stem.size() ? code : 0;
}

// Files by codepoint; those of a codepoint in the order of their names.
std::map<std::uint32_t, std::set<fs::path>> find_pictures(const std::string& folder) {
  std::map<std::uint32_t, std::set<fs::path>> found;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(folder, error)) {
    if (const std::uint32_t code = codepoint_of(entry.path())) found[code].insert(entry.path());
  }
  if (found.empty()) {
    throw DataError(fmt::format("{}: no folder of sprites: it has no <codepoint>.png, such as 1f600.png", folder));
  }
  return found;
}

}  // namespace

Sprite trimmed(const Sprite& sprite) {
  int top = sprite.height, bottom = 0, left = sprite.width, right = 0;
  for (int y = 0; y < sprite.height; ++y) {
    for (int x = 0; x < sprite.width; ++x) {
      if (sprite.pixel(y, x)[3] == 0) continue;
      top = std::min(top, y);
      bottom = y + 1;
      left = std::min(left, x);
      right = std::max(right, x + 1);
    }
  }
  Sprite out;
  out.height = std::max(0, bottom - top);
  out.width = std::max(0, right - left);
  for (int y = top; y < bottom; ++y) {
    out.rgba.insert(out.rgba.end(), sprite.pixel(y, left), sprite.pixel(y, left) + std::ptrdiff_t{4} * out.width);
  }
  return out;
}

Sprite read_sprite(const std::string& file) {
  if (const InputFile input(file); !input.is_open()) {
    throw DataError(fmt::format("{}: cannot be read: {}; replace or remove it", file, input.reason()));
  }
  cv::Mat image;
  try {
    image = cv::imread(file, cv::IMREAD_UNCHANGED);
  } catch (const cv::Exception&) {  // reported below
  }
  if (image.empty() || image.depth() != CV_8U || image.channels() < 3) {
    throw DataError(fmt::format("{}: not a coloured PNG that can be read; replace or remove it", file));
  }
  Sprite sprite;
  sprite.height = image.rows;
  sprite.width = image.cols;
  for (int y = 0; y < image.rows; ++y) {
    const std::uint8_t* pixel = image.ptr(y);
    for (int x = 0; x < image.cols; ++x, pixel += image.channels()) {
      const float alpha = image.channels() == 4 ? static_cast<float>(pixel[3]) / 255.0f : 1.0f;
      for (const int c : {2, 1, 0}) sprite.rgba.push_back(static_cast<float>(pixel[c]) / 255.0f * alpha);
      sprite.rgba.push_back(alpha);
    }
  }
  return sprite;
}

std::vector<std::vector<Sprite>> load_sprites(const std::vector<EmojiCategory>& categories, const std::string& font,
                                              const std::string& folder) {
  std::vector<std::vector<Sprite>> sprites;
  const auto check = [&](const EmojiCategory& category, const std::string& place) {
    for (const Sprite& sprite : sprites.back()) {
      if (sprite.height > 0 && sprite.width > 0) continue;
      throw DataError(fmt::format("{}: the drawing of U+{:04X} ({}) is empty", place,
                                  static_cast<std::uint32_t>(category.codepoint), category.name));
    }
  };
  if (folder.empty()) {
    const std::string file = find_emoji_font(font);
    const EmojiFont drawings(file);
    for (const EmojiCategory& category : categories) {
      sprites.push_back({trimmed(drawings.draw(category.codepoint))});
      check(category, file);
    }
    return sprites;
  }
  const auto pictures = find_pictures(folder);
  for (const EmojiCategory& category : categories) {
    const auto found = pictures.find(static_cast<std::uint32_t>(category.codepoint));
    if (found == pictures.end()) {
      throw DataError(fmt::format("{}: no drawing of U+{:04X} ({})", folder,
                                  static_cast<std::uint32_t>(category.codepoint), category.name));
    }
    sprites.emplace_back();
    for (const fs::path& file : found->second) sprites.back().push_back(trimmed(read_sprite(file.string())));
    check(category, folder);
  }
  return sprites;
}

}  // namespace longtail
