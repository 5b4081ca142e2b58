#pragma once

#include <longtail/export.h>
#include <longtail/rng.h>

#include <cstdint>
#include <vector>

#include "core/data/image.h"

namespace longtail {

struct Color {
  float r = 0, g = 0, b = 0;
};

/// Hue in turns, saturation and value in [0, 1].
LONGTAIL_API Color from_hsv(double hue, double saturation, double value);

/// A picture to draw on: RGB floats, nominally in [0, 1], row after row.
struct LONGTAIL_API Canvas {
  Canvas(int height, int width);

  int height;
  int width;
  std::vector<Color> pixels;

  Color& at(int y, int x) { return pixels[static_cast<std::size_t>(y) * width + x]; }
  Image to_image() const;
};

/// A drawing with transparency.
struct Sprite {
  int height = 0;
  int width = 0;
  std::vector<float> rgba;  // [height, width, 4] in [0, 1], colours multiplied by alpha

  const float* pixel(int y, int x) const { return rgba.data() + (static_cast<std::size_t>(y) * width + x) * 4; }
};

/// A linear change of colours: hue turned around grey, saturation and brightness multiplied.
struct LONGTAIL_API ColorChange {
  ColorChange() = default;
  ColorChange(double hue_turns, double saturation, double brightness);
  Color apply(float r, float g, float b) const;

  float m[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
};

/// Where and how a sprite is drawn.
struct Placement {
  double center_y = 0;  // pixels of the canvas; the first pixel spans 0 ... 1
  double center_x = 0;
  double height = 0;   // of the upright sprite, pixels
  double angle = 0;    // radians, counter-clockwise
  double stretch = 1;  // width / height relative to the sprite's own
  double opacity = 1;
  bool mirror = false;
  ColorChange color;
};

/// A sprite as it will lie on a canvas: the rectangle that it touches.
struct SpriteLayer {
  int top = 0, left = 0, height = 0, width = 0;  // inside the canvas; may be empty
  std::vector<float> rgba;                       // [height, width, 4] in [0, 1], colours multiplied by alpha

  const float* pixel(int y, int x) const { return rgba.data() + (static_cast<std::size_t>(y) * width + x) * 4; }
};

/// Antialiased, for a canvas of this size.
LONGTAIL_API SpriteLayer render_sprite(const Sprite& sprite, const Placement& placement, int height, int width);
LONGTAIL_API void draw_layer(const SpriteLayer& layer, Canvas& canvas);
/// The layer's soft shadow, moved by (down, right): black, `opacity` at its darkest, blurred over about `radius`
/// pixels.
LONGTAIL_API void draw_shadow(const SpriteLayer& layer, int down, int right, int radius, double opacity,
                              Canvas& canvas);

/// Draws `sprite` over the canvas. `alpha`, if given, receives for each pixel of the canvas how much of it the sprite
/// covers, [height * width].
LONGTAIL_API void draw_sprite(const Sprite& sprite, const Placement& placement, Canvas& canvas,
                              std::vector<float>* alpha = nullptr);

}  // namespace longtail
