#include "core/emoji/scene.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/draw/canvas.h"
#include "core/emoji/backgrounds.h"
#include "core/emoji/textures.h"

namespace longtail {
namespace {

constexpr double kDegree = 3.14159265358979324 / 180;
constexpr double kLeastShare = 0.25;  // of a drawing's pixels that are to be seen
constexpr std::int64_t kLeastPixels = 16;
constexpr int kAttempts = 8;

// Places drawings one after the other, each where it does not cover too much of those before it.
class Layout {
 public:
  Layout(const SceneStyle& style, Rng& rng) : style_(style), rng_(rng) {}

  Placement place(const SceneObject& object, double side) {
    const Sprite& sprite = *object.sprite;
    const double d = style_.difficulty;
    Placement at;
    at.stretch = 1 + rng_.uniform(-0.25, 0.25) * d;
    // The sprite's rectangle has the area side * side.
    at.height = side * std::sqrt(static_cast<double>(sprite.height) / (sprite.width * at.stretch));
    at.angle = rng_.uniform(-1, 1) * (6 + 50 * d) * kDegree;
    at.mirror = rng_.bernoulli(0.5);
    at.color = ColorChange(rng_.uniform(-1, 1) * (0.01 + 0.05 * d), 1 + rng_.uniform(-0.5, 0.25) * d,
                           1 + rng_.uniform(-1, 1) * (0.06 + 0.24 * d));
    const Box* const like = find(object.label);
    boxes_.push_back(like != nullptr && rng_.bernoulli(d) ? draw_beside(*like, side) : draw_free(side));
    boxes_.back().label = object.label;
    at.center_y = boxes_.back().y;
    at.center_x = boxes_.back().x;
    return at;
  }

 private:
  struct Box {
    double y, x, side;
    std::int64_t label = -1;
  };

  const Box* find(std::int64_t label) const {
    for (const Box& box : boxes_) {
      if (box.label == label) return &box;
    }
    return nullptr;
  }

  // Of its kind many things come in heaps.
  Box draw_beside(const Box& other, double side) {
    const double angle = rng_.uniform(0, 360) * kDegree, distance = rng_.uniform(0.2, 0.6) * (side + other.side) / 2;
    return {std::clamp(other.y + distance * std::sin(angle), 0.0, static_cast<double>(style_.height)),
            std::clamp(other.x + distance * std::cos(angle), 0.0, static_cast<double>(style_.width)), side};
  }

  Box draw_free(double side) {
    const double allowed = rng_.uniform(0, 0.1 + 0.7 * style_.difficulty);
    Box best{0, 0, side};
    double least = 1e9;
    for (int attempt = 0; attempt < 20 && least > allowed; ++attempt) {
      const Box box = draw_box(side);
      const double overlap = largest_overlap(box);
      if (overlap >= least) continue;
      least = overlap;
      best = box;
    }
    return best;
  }

  // Up to a part of it may lie outside of the picture.
  Box draw_box(double side) {
    const double margin = side * (0.52 - 0.3 * style_.difficulty);
    const auto along = [&](double length) {
      return length > 2 * margin ? rng_.uniform(margin, length - margin) : length / 2;
    };
    return {along(style_.height), along(style_.width), side};
  }

  double largest_overlap(const Box& box) const {
    double largest = 0;
    for (const Box& other : boxes_) {
      const double reach = (box.side + other.side) / 2, smaller = std::min(box.side, other.side);
      const double h = std::clamp(reach - std::abs(box.y - other.y), 0.0, smaller);
      const double w = std::clamp(reach - std::abs(box.x - other.x), 0.0, smaller);
      largest = std::max(largest, h * w / (smaller * smaller));
    }
    return largest;
  }

  const SceneStyle& style_;
  Rng& rng_;
  std::vector<Box> boxes_;
};

struct Drawing {
  std::int64_t label;
  double side;
  SpriteLayer layer;
};

// From the bottom to the top. Large ones tend to lie at the bottom, or small ones would vanish.
std::vector<Drawing> arrange(const std::vector<SceneObject>& objects, const SceneStyle& style, Rng& rng) {
  const double d = style.difficulty, room = std::min(style.height, style.width);
  std::vector<std::pair<double, std::size_t>> order;
  std::vector<double> sides;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    sides.push_back(room * std::exp(rng.uniform(std::log(0.24 - 0.2 * d), std::log(0.6 - 0.05 * d))));
    order.emplace_back(-sides.back() * rng.uniform(0.6, 1.4), i);
  }
  std::sort(order.begin(), order.end());
  Layout layout(style, rng);
  std::vector<Drawing> drawings;
  for (const auto& [key, i] : order) {
    const Placement at = layout.place(objects[i], sides[i]);
    drawings.push_back({objects[i].label, sides[i], render_sprite(*objects[i].sprite, at, style.height, style.width)});
  }
  return drawings;
}

// What is seen of each drawing, from the top down: its own alpha times what those above let through.
void find_visible(const std::vector<Drawing>& drawings, const SceneStyle& style, Scene& scene) {
  const std::size_t pixels = static_cast<std::size_t>(style.height) * style.width;
  std::vector<float> passed(pixels, 1.0f);
  std::vector<std::uint8_t> mask(pixels);  // column after column
  scene.instances.clear();
  scene.hidden.clear();
  for (auto drawing = drawings.rbegin(); drawing != drawings.rend(); ++drawing) {
    const SpriteLayer& layer = drawing->layer;
    std::fill(mask.begin(), mask.end(), std::uint8_t{0});
    std::int64_t seen = 0, all = 0;
    for (int y = 0; y < layer.height; ++y) {
      for (int x = 0; x < layer.width; ++x) {
        const float alpha = layer.pixel(y, x)[3];
        float& light = passed[static_cast<std::size_t>(layer.top + y) * style.width + layer.left + x];
        all += alpha >= 0.5f;
        const bool visible = alpha * light >= 0.5f;
        seen += visible;
        mask[static_cast<std::size_t>(layer.left + x) * style.height + layer.top + y] = visible;
        light *= 1 - alpha;
      }
    }
    if (seen < kLeastPixels || static_cast<double>(seen) < kLeastShare * static_cast<double>(all)) {
      scene.hidden.push_back(drawing->label);
    } else {
      scene.instances.push_back({drawing->label, rle_encode(mask.data(), style.height, style.width)});
    }
  }
  std::reverse(scene.instances.begin(), scene.instances.end());
  std::sort(scene.hidden.begin(), scene.hidden.end());
  scene.hidden.erase(std::unique(scene.hidden.begin(), scene.hidden.end()), scene.hidden.end());
}

bool shows_every_label(const Scene& scene) {
  return std::all_of(scene.hidden.begin(), scene.hidden.end(), [&](std::int64_t label) {
    return std::any_of(scene.instances.begin(), scene.instances.end(),
                       [&](const SceneInstance& instance) { return instance.label == label; });
  });
}

}  // namespace

Scene draw_scene(const std::vector<SceneObject>& objects, const SceneStyle& style, Rng& rng) {
  const double d = style.difficulty;
  Scene scene;
  std::vector<Drawing> drawings;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    drawings = arrange(objects, style, rng);
    find_visible(drawings, style, scene);
    if (shows_every_label(scene)) break;
  }
  Canvas canvas(style.height, style.width);
  if (style.photos != nullptr) {
    style.photos->draw(rng, canvas);
  } else {
    draw_background(0.15 + 0.5 * d, rng, canvas);
    draw_texture(0.4 + 0.6 * d, rng, canvas);
  }
  // One light for all: shadows fall the same way.
  const double angle = rng.uniform(0.25, 0.75) * 180 * kDegree, darkness = rng.uniform(0.25, 0.5);
  for (const Drawing& drawing : drawings) {
    const double length = 0.05 * drawing.side;
    draw_shadow(drawing.layer, static_cast<int>(std::lround(length * std::sin(angle))),
                static_cast<int>(std::lround(length * std::cos(angle))),
                std::max(1, static_cast<int>(0.04 * drawing.side)), darkness, canvas);
    draw_layer(drawing.layer, canvas);
  }
  add_grain(0.004 + 0.03 * d, rng, canvas);
  scene.image = canvas.to_image();
  return scene;
}

}  // namespace longtail
