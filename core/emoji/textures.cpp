#include "core/emoji/textures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <memory>
#include <vector>

namespace longtail {
namespace {

constexpr double kTurn = 6.283185307179586;

// Smooth noise in [-1, 1] that repeats every kSide units; features are about one unit large.
class Noise {
 public:
  explicit Noise(Rng& rng) : values_(std::make_shared<std::vector<float>>()) {
    for (int i = 0; i < kSide * kSide; ++i) values_->push_back(static_cast<float>(rng.uniform(-1, 1)));
  }

  double operator()(double y, double x) const {
    const double top = std::floor(y), left = std::floor(x);
    const auto i = static_cast<int>(top), j = static_cast<int>(left);
    const double v = smooth(y - top), u = smooth(x - left);
    const double above = at(i, j) + (at(i, j + 1) - at(i, j)) * u;
    const double below = at(i + 1, j) + (at(i + 1, j + 1) - at(i + 1, j)) * u;
    return above + (below - above) * v;
  }

 private:
  static constexpr int kSide = 64;
  static double smooth(double t) { return t * t * (3 - 2 * t); }
  float at(int y, int x) const {
    return (*values_)[static_cast<std::size_t>((y & (kSide - 1)) * kSide + (x & (kSide - 1)))];
  }

  std::shared_ptr<std::vector<float>> values_;
};

// A material gives for each pixel how much lighter or darker it is, about -1 ... 1.
using Material = std::function<double(double y, double x)>;

Material paper(const Noise& noise, Rng&) {
  return [=](double y, double x) { return 0.5 * noise(y / 1.7, x / 1.7) + 0.3 * noise(y / 6, x / 6 + 20); };
}

Material cloth(const Noise& noise, Rng& rng) {
  const double angle = rng.uniform(0, kTurn), c = std::cos(angle), s = std::sin(angle);
  const double thread = rng.uniform(3.5, 6);  // pixels
  return [=](double y, double x) {
    const double u = (c * x - s * y) / thread, v = (s * x + c * y) / thread;
    // Warp over weft and weft over warp, as on a chess board.
    const bool over = ((static_cast<int>(std::floor(u)) + static_cast<int>(std::floor(v))) & 1) == 0;
    const double across = over ? u - std::floor(u) : v - std::floor(v);
    return 1.2 * std::sin(across * kTurn / 2) - 0.7 + 0.35 * noise(over ? y / 9 : y / 2, over ? x / 2 : x / 9);
  };
}

// Streaks along one direction.
Material brushed(const Noise& noise, Rng& rng) {
  const double angle = rng.uniform(0, kTurn), c = std::cos(angle), s = std::sin(angle);
  const double grain = rng.uniform(1.5, 5);
  return [=](double y, double x) {
    const double along = c * x + s * y, across = s * x - c * y + 3 * noise(y / 60, x / 60);
    return 0.7 * noise(across / grain, along / 70) + 0.4 * noise(across / (4 * grain) + 9, along / 150);
  };
}

// Flakes of three shades.
Material stone(const Noise& noise, Rng& rng) {
  const double flake = rng.uniform(5, 11);
  return [=](double y, double x) {
    const double here = noise(y / flake, x / flake) + 0.4 * noise(y / 2.2, x / 2.2 + 30);
    return (here > 0.35 ? 0.7 : here < -0.4 ? -0.8 : 0) + 0.2 * noise(y / 1.5 + 40, x / 1.5);
  };
}

}  // namespace

void draw_texture(double strength, Rng& rng, Canvas& canvas) {
  constexpr std::array<Material (*)(const Noise&, Rng&), 4> kinds{paper, cloth, brushed, stone};
  const Noise noise(rng);
  const Material material = kinds[rng.below(kinds.size())](noise, rng);
  const double amount = 0.2 * strength * rng.uniform(0.5, 1);
  for (int y = 0; y < canvas.height; ++y) {
    for (int x = 0; x < canvas.width; ++x) {
      const auto light = static_cast<float>(1 + amount * material(y + 0.5, x + 0.5));
      Color& pixel = canvas.at(y, x);
      pixel = {pixel.r * light, pixel.g * light, pixel.b * light};
    }
  }
}

}  // namespace longtail
