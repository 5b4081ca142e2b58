#pragma once

#include <longtail/export.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/annotations/rle.h"
#include "core/data/image.h"

namespace longtail {

/// What to draw over a picture, in its pixels.
struct DrawnInstance {
  std::int64_t label = 0;  // decides the colour
  std::string name;        // "" = no text
  double score = -1;       // written where it is not negative
  BoxXywh box;             // without an area: not drawn
  Rle mask;                // of the picture's size; without counts: not drawn
};

struct DrawOptions {
  int least_side = 640;  // smaller pictures are scaled up until their long side has so many pixels
  double mask_opacity = 0.45;
};

/// R, G, B of a class: always the same, and neighbours in the list of classes far apart.
LONGTAIL_API std::array<std::uint8_t, 3> class_color(std::int64_t label);

/// The picture with masks, their outlines, boxes, names and scores. Small instances lie on large ones; a text goes
/// where it covers no other, if there is such a place at its box.
LONGTAIL_API Image draw_instances(const Image& image, const std::vector<DrawnInstance>& instances,
                                  const DrawOptions& options = {});

/// Puts pictures side by side, row after row, each scaled to fit its cell, with a line of text below it.
struct MosaicTile {
  Image image;
  std::string caption;
};
LONGTAIL_API Image make_mosaic(const std::vector<MosaicTile>& tiles, int cell_width = 480, int cell_height = 360);

}  // namespace longtail
