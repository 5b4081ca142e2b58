#include "core/emoji/backgrounds.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

namespace longtail {
namespace {

constexpr double kTurn = 6.283185307179586;

double smooth(double t) { return t * t * (3 - 2 * t); }
double mix(double a, double b, double t) { return a + (b - a) * t; }
Color mix(const Color& a, const Color& b, double t) {
  const auto f = static_cast<float>(t);
  return {a.r + (b.r - a.r) * f, a.g + (b.g - a.g) * f, a.b + (b.b - a.b) * f};
}

// Random numbers on the points of a grid.
struct Lattice {
  std::uint64_t seed;
  double operator()(std::int64_t y, std::int64_t x) const {
    return Rng(seed, static_cast<std::uint64_t>(y), static_cast<std::uint64_t>(x)).uniform();
  }
};

double value_noise(const Lattice& lattice, double y, double x) {
  const double top = std::floor(y), left = std::floor(x);
  const auto i = static_cast<std::int64_t>(top), j = static_cast<std::int64_t>(left);
  const double v = smooth(y - top), u = smooth(x - left);
  return mix(mix(lattice(i, j), lattice(i, j + 1), u), mix(lattice(i + 1, j), lattice(i + 1, j + 1), u), v);
}

double clouds(const Lattice& lattice, double y, double x) {
  return (value_noise(lattice, y, x) * 4 + value_noise(lattice, y * 2.1 + 7, x * 2.1) * 2 +
          value_noise(lattice, y * 4.3, x * 4.3 + 5)) /
         7;
}

// A soft step at 0: antialiases edges between two colours.
double step(double distance, double softness) { return smooth(std::clamp(distance / softness * 0.5 + 0.5, 0.0, 1.0)); }

// Three related colours, light or dark, of moderate saturation: the drawings are to stand out by their shape.
class Palette {
 public:
  Palette(double contrast, Rng& rng) {
    const double hue = rng.uniform(), spread = rng.uniform(-0.18, 0.18);
    const double saturation = rng.uniform(0.15, 0.65), value = rng.uniform(0.35, 0.92);
    const double range = 0.08 + 0.4 * contrast;
    for (int i = 0; i < 3; ++i) {
      const double shade = value + range * (i - 1) * (rng.bernoulli(0.5) ? 0.6 : 1.0);
      colors_[i] = from_hsv(hue + spread * i, std::clamp(saturation + rng.uniform(-0.15, 0.15), 0.0, 0.8),
                            std::clamp(shade, 0.08, 1.0));
    }
  }

  // t in [0, 1]
  Color at(double t) const {
    return t < 0.5 ? mix(colors_[0], colors_[1], t * 2) : mix(colors_[1], colors_[2], t * 2 - 1);
  }

 private:
  std::array<Color, 3> colors_;
};

// A pattern gives for each place, in units of the canvas's side, a value in [0, 1]. `soft` is how soft its edges are:
// 1 on small canvases, less on large ones, where soft edges would look out of focus.
using Pattern = std::function<double(double y, double x)>;

Pattern gradient(double, Rng& rng) {
  const double angle = rng.uniform(0, kTurn), c = std::cos(angle), s = std::sin(angle);
  const Lattice lattice{rng.next()};
  return [=](double y, double x) {
    return std::clamp(0.5 + c * (x - 0.5) + s * (y - 0.5) + 0.5 * (clouds(lattice, y * 3, x * 3) - 0.5), 0.0, 1.0);
  };
}

Pattern cloudy(double, Rng& rng) {
  const double frequency = rng.uniform(2.5, 6);
  const Lattice lattice{rng.next()};
  return
      [=](double y, double x) { return std::clamp(2 * clouds(lattice, y * frequency, x * frequency) - 0.5, 0.0, 1.0); };
}

Pattern stripes(double soft, Rng& rng) {
  const double angle = rng.uniform(0, kTurn), c = std::cos(angle), s = std::sin(angle);
  const double frequency = rng.uniform(3, 7), waves = rng.bernoulli(0.5) ? rng.uniform(0.3, 1.2) : 0;
  const Lattice lattice{rng.next()};
  return [=](double y, double x) {
    const double bend = waves > 0 ? waves * value_noise(lattice, y * 3, x * 3) : 0;
    return 0.15 + 0.7 * step(std::sin(kTurn * (frequency * (c * x + s * y) * 0.6 + bend)), 0.5 * soft);
  };
}

Pattern tiles(double soft, Rng& rng) {
  const double angle = rng.uniform(0, kTurn), c = std::cos(angle), s = std::sin(angle);
  const double frequency = rng.uniform(2, 4.5);
  const Lattice lattice{rng.next()};
  return [=](double y, double x) {
    const double u = (c * x - s * y) * frequency, v = (s * x + c * y) * frequency;
    const double checks = step(std::sin(kTurn / 2 * u) * std::sin(kTurn / 2 * v), 0.25 * soft);
    return 0.15 + 0.55 * checks + 0.15 * clouds(lattice, y * 5, x * 5);
  };
}

// The distance from (y, x) to the nearest of the points scattered one to a square, and that point's own number.
std::pair<double, double> nearest_point(const Lattice& down, const Lattice& right, double y, double x) {
  const auto i = static_cast<std::int64_t>(std::floor(y)), j = static_cast<std::int64_t>(std::floor(x));
  std::pair<double, double> best{1e9, 0};
  for (std::int64_t row = i - 1; row <= i + 1; ++row) {
    for (std::int64_t column = j - 1; column <= j + 1; ++column) {
      const double dy = y - (row + 0.1 + 0.8 * down(row, column)), dx = x - (column + 0.1 + 0.8 * right(row, column));
      const double distance = std::hypot(dy, dx);
      if (distance < best.first) best = {distance, down(row + 1000, column)};
    }
  }
  return best;
}

Pattern dots(double soft, Rng& rng) {
  const double frequency = rng.uniform(3, 6), radius = rng.uniform(0.25, 0.4);
  const Lattice down{rng.next()}, right{rng.next()};
  return [=](double y, double x) {
    const auto [distance, number] = nearest_point(down, right, y * frequency, x * frequency);
    return mix(0.1, 0.45 + 0.5 * number, step(radius - distance, 0.12 * soft));
  };
}

Pattern cells(double, Rng& rng) {
  const double frequency = rng.uniform(2.5, 5);
  const Lattice down{rng.next()}, right{rng.next()};
  return [=](double y, double x) {
    const auto [distance, number] = nearest_point(down, right, y * frequency, x * frequency);
    return std::clamp(0.15 + 0.7 * number + 0.25 * (0.5 - distance), 0.0, 1.0);
  };
}

}  // namespace

void draw_background(double contrast, Rng& rng, Canvas& canvas) {
  constexpr std::array<Pattern (*)(double, Rng&), 6> kinds{gradient, cloudy, stripes, tiles, dots, cells};
  const Palette palette(contrast, rng);
  const double side = std::max(canvas.height, canvas.width);
  const Pattern pattern = kinds[rng.below(kinds.size())](std::clamp(64 / side, 0.2, 1.0), rng);
  const int grid = side < 128 ? 2 : 1;  // samples along a pixel's side
  for (int y = 0; y < canvas.height; ++y) {
    for (int x = 0; x < canvas.width; ++x) {
      double sum = 0;
      for (int i = 0; i < grid * grid; ++i) {
        sum += pattern((y + (i / grid + 0.5) / grid) / side, (x + (i % grid + 0.5) / grid) / side);
      }
      canvas.at(y, x) = palette.at(sum / (grid * grid));
    }
  }
}

void draw_blobs(int count, double largest, double opacity, Rng& rng, Canvas& canvas) {
  for (int i = 0; i < count; ++i) {
    const double side = std::min(canvas.height, canvas.width);
    const double radius = side * rng.uniform(0.4, 1.0) * largest;
    const double center_y = rng.uniform(0, canvas.height), center_x = rng.uniform(0, canvas.width);
    const Color color = from_hsv(rng.uniform(), rng.uniform(0.1, 0.7), rng.uniform(0.3, 1.0));
    for (int y = 0; y < canvas.height; ++y) {
      for (int x = 0; x < canvas.width; ++x) {
        const double distance = std::hypot(y + 0.5 - center_y, x + 0.5 - center_x);
        const double cover = opacity * step(radius - distance, radius * 0.25 + 0.5);
        if (cover > 0) canvas.at(y, x) = mix(canvas.at(y, x), color, cover);
      }
    }
  }
}

// Four uniform numbers are normal enough for the grain of a picture.
void add_grain(double deviation, Rng& rng, Canvas& canvas) {
  for (Color& pixel : canvas.pixels) {
    for (float* const value : {&pixel.r, &pixel.g, &pixel.b}) {
      const double sum = rng.uniform() + rng.uniform() + rng.uniform() + rng.uniform() - 2;
      *value += static_cast<float>(sum * 1.7320508 * deviation);
    }
  }
}

}  // namespace longtail
