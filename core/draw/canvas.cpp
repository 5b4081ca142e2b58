#include "core/draw/canvas.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace longtail {
namespace {

using Rgba = std::array<float, 4>;

// Bilinear; transparent outside. (y, x) in pixels, the first one spans 0 ... 1.
Rgba sample(const Sprite& sprite, double y, double x) {
  y -= 0.5;
  x -= 0.5;
  const int top = static_cast<int>(std::floor(y)), left = static_cast<int>(std::floor(x));
  const auto down = static_cast<float>(y - top), right = static_cast<float>(x - left);
  Rgba sum{};
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 2; ++j) {
      if (top + i < 0 || top + i >= sprite.height || left + j < 0 || left + j >= sprite.width) continue;
      const float weight = (i ? down : 1 - down) * (j ? right : 1 - right);
      const float* const pixel = sprite.pixel(top + i, left + j);
      for (int c = 0; c < 4; ++c) sum[c] += weight * pixel[c];
    }
  }
  return sum;
}

// From a place on the canvas to one in the sprite.
class Mapping {
 public:
  Mapping(const Sprite& sprite, const Placement& at)
      : at_(at),
        sprite_(sprite),
        scale_(sprite.height / at.height),
        cos_(std::cos(at.angle)),
        sin_(std::sin(at.angle)) {}

  double scale() const { return scale_; }
  Rgba operator()(double y, double x) const {
    const double dy = y - at_.center_y, dx = x - at_.center_x;
    double u = (cos_ * dx - sin_ * dy) * scale_ / at_.stretch;
    const double v = (sin_ * dx + cos_ * dy) * scale_;
    if (at_.mirror) u = -u;
    return sample(sprite_, v + sprite_.height * 0.5, u + sprite_.width * 0.5);
  }

 private:
  const Placement& at_;
  const Sprite& sprite_;
  double scale_, cos_, sin_;
};

std::uint8_t to_byte(float value) { return static_cast<std::uint8_t>(std::clamp(value, 0.0f, 1.0f) * 255.0f + 0.5f); }

}  // namespace

Color from_hsv(double hue, double saturation, double value) {
  const auto channel = [&](double offset) {
    const double k = std::fmod(offset + (hue - std::floor(hue)) * 6, 6.0);
    return static_cast<float>(value - value * saturation * std::clamp(std::min(k, 4 - k), 0.0, 1.0));
  };
  return {channel(5), channel(3), channel(1)};
}

Canvas::Canvas(int height, int width)
    : height(height), width(width), pixels(static_cast<std::size_t>(height) * width) {}

Image Canvas::to_image() const {
  Image image;
  image.resize(height, width);
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    image.pixels[i * 3] = to_byte(pixels[i].r);
    image.pixels[i * 3 + 1] = to_byte(pixels[i].g);
    image.pixels[i * 3 + 2] = to_byte(pixels[i].b);
  }
  return image;
}

// Grey keeps its place: the matrix is brightness * (luma + saturation * rotation around the grey axis of (colour -
// luma)).
ColorChange::ColorChange(double hue_turns, double saturation, double brightness) {
  const double luma[3] = {0.299, 0.587, 0.114};
  const double angle = hue_turns * 6.283185307179586;
  const double c = std::cos(angle), s = std::sin(angle) / std::sqrt(3.0);
  // Rodrigues' formula around (1, 1, 1) / sqrt(3).
  double rotation[3][3];
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) {
      const double cross = i == j ? 0 : ((j - i + 3) % 3 == 1 ? -s : s);
      rotation[i][j] = (i == j ? c : 0) + (1 - c) / 3 + cross;
    }
  }
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) {
      // A rotation keeps the mean, so rotation * luma's grey is that grey.
      m[i][j] = static_cast<float>(brightness * (saturation * rotation[i][j] + (1 - saturation) * luma[j]));
    }
  }
}

Color ColorChange::apply(float r, float g, float b) const {
  return {m[0][0] * r + m[0][1] * g + m[0][2] * b, m[1][0] * r + m[1][1] * g + m[1][2] * b,
          m[2][0] * r + m[2][1] * g + m[2][2] * b};
}

SpriteLayer render_sprite(const Sprite& sprite, const Placement& placement, int height, int width) {
  const Mapping mapping(sprite, placement);
  const double half_width = placement.height * sprite.width / sprite.height * placement.stretch / 2;
  const double reach = std::hypot(placement.height / 2, half_width) + 1;
  SpriteLayer layer;
  layer.top = std::max(0, static_cast<int>(placement.center_y - reach));
  layer.left = std::max(0, static_cast<int>(placement.center_x - reach));
  layer.height = std::max(0, std::min(height, static_cast<int>(placement.center_y + reach) + 1) - layer.top);
  layer.width = std::max(0, std::min(width, static_cast<int>(placement.center_x + reach) + 1) - layer.left);
  layer.rgba.resize(static_cast<std::size_t>(layer.height) * layer.width * 4);
  const int grid = std::clamp(static_cast<int>(std::ceil(mapping.scale())), 1, 8);  // samples along a pixel's side
  const float weight = static_cast<float>(placement.opacity) / static_cast<float>(grid * grid);
  float* out = layer.rgba.data();
  for (int y = layer.top; y < layer.top + layer.height; ++y) {
    for (int x = layer.left; x < layer.left + layer.width; ++x, out += 4) {
      Rgba sum{};
      for (int i = 0; i < grid * grid; ++i) {
        const Rgba one = mapping(y + (i / grid + 0.5) / grid, x + (i % grid + 0.5) / grid);
        for (int c = 0; c < 4; ++c) sum[c] += one[c];
      }
      if (sum[3] == 0) continue;
      const float cover = sum[3] * weight;
      const Color over = placement.color.apply(sum[0] * weight, sum[1] * weight, sum[2] * weight);
      out[0] = std::min(over.r, cover);
      out[1] = std::min(over.g, cover);
      out[2] = std::min(over.b, cover);
      out[3] = cover;
    }
  }
  return layer;
}

void draw_layer(const SpriteLayer& layer, Canvas& canvas) {
  for (int y = 0; y < layer.height; ++y) {
    for (int x = 0; x < layer.width; ++x) {
      const float* const over = layer.pixel(y, x);
      if (over[3] == 0) continue;
      Color& pixel = canvas.at(layer.top + y, layer.left + x);
      const float rest = 1 - over[3];
      pixel = {pixel.r * rest + over[0], pixel.g * rest + over[1], pixel.b * rest + over[2]};
    }
  }
}

void draw_sprite(const Sprite& sprite, const Placement& placement, Canvas& canvas, std::vector<float>* alpha) {
  const SpriteLayer layer = render_sprite(sprite, placement, canvas.height, canvas.width);
  draw_layer(layer, canvas);
  if (alpha == nullptr) return;
  alpha->assign(canvas.pixels.size(), 0.0f);
  for (int y = 0; y < layer.height; ++y) {
    float* const row = alpha->data() + static_cast<std::size_t>(layer.top + y) * canvas.width + layer.left;
    for (int x = 0; x < layer.width; ++x) row[x] = layer.pixel(y, x)[3];
  }
}

namespace {

// Replaces each of `count` values, `stride` apart, by the mean of the 2 * radius + 1 around it; zeros outside.
void box_blur(float* values, int count, int stride, int radius, std::vector<float>& copy) {
  copy.assign(static_cast<std::size_t>(count + 2 * radius + 1), 0.0f);
  for (int i = 0; i < count; ++i) copy[i + radius] = values[static_cast<std::ptrdiff_t>(i) * stride];
  float sum = 0;
  for (int i = 0; i < 2 * radius; ++i) sum += copy[i];
  for (int i = 0; i < count; ++i) {
    sum += copy[i + 2 * radius];
    values[static_cast<std::ptrdiff_t>(i) * stride] = std::max(0.0f, sum) / static_cast<float>(2 * radius + 1);
    sum -= copy[i];
  }
}

}  // namespace

void draw_shadow(const SpriteLayer& layer, int down, int right, int radius, double opacity, Canvas& canvas) {
  const int margin = 2 * radius, height = layer.height + 2 * margin, width = layer.width + 2 * margin;
  std::vector<float> shade(static_cast<std::size_t>(height) * width), copy;
  for (int y = 0; y < layer.height; ++y) {
    for (int x = 0; x < layer.width; ++x) {
      shade[static_cast<std::size_t>(y + margin) * width + x + margin] = layer.pixel(y, x)[3];
    }
  }
  for (int pass = 0; pass < 2; ++pass) {  // two boxes make a tent, which is soft enough
    for (int y = 0; y < height; ++y) box_blur(&shade[static_cast<std::size_t>(y) * width], width, 1, radius, copy);
    for (int x = 0; x < width; ++x) box_blur(&shade[static_cast<std::size_t>(x)], height, width, radius, copy);
  }
  for (int y = 0; y < height; ++y) {
    const int to_y = layer.top + y - margin + down;
    for (int x = 0; x < width && to_y >= 0 && to_y < canvas.height; ++x) {
      const int to_x = layer.left + x - margin + right;
      if (to_x < 0 || to_x >= canvas.width) continue;
      const float light = 1 - static_cast<float>(opacity) * shade[static_cast<std::size_t>(y) * width + x];
      Color& pixel = canvas.at(to_y, to_x);
      pixel = {pixel.r * light, pixel.g * light, pixel.b * light};
    }
  }
}

}  // namespace longtail
