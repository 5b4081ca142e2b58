#pragma once

#include <longtail/export.h>
#include <longtail/rng.h>

#include <cstdint>
#include <vector>

#include "core/annotations/rle.h"
#include "core/data/image.h"
#include "core/emoji/background_photos.h"
#include "core/emoji/font.h"

namespace longtail {

/// A drawing to put into a scene.
struct SceneObject {
  std::int64_t label = 0;
  const Sprite* sprite = nullptr;
};

struct SceneStyle {
  int height = 240;
  int width = 320;
  double difficulty = 0.5;                   // 0: large, upright, apart ... 1: small, turned, tinted, overlapping
  const BackgroundPhotos* photos = nullptr;  // null: patterns
};

struct SceneInstance {
  std::int64_t label = 0;
  Rle mask;  // pixels at least half of which it shows: not what lies behind a later drawing, or outside
};

struct Scene {
  Image image;
  std::vector<SceneInstance> instances;
  std::vector<std::int64_t> hidden;  // labels of drawings of which too little is seen to count: under a quarter, or
                                     // under 16 pixels; sorted, each once
};

/// Draws the objects over each other at random places on a background. Tries again a few times where a label would be
/// hidden altogether. A function of the arguments and what `rng` yields.
LONGTAIL_API Scene draw_scene(const std::vector<SceneObject>& objects, const SceneStyle& style, Rng& rng);

}  // namespace longtail
