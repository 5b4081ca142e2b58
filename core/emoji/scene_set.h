#pragma once

#include <longtail/export.h>

#include <cstdint>
#include <string>
#include <vector>

namespace longtail {

/// A long-tailed set for instance segmentation: scenes of emoji with exact masks, in LVIS v1's format.
struct EmojiInstancesOptions {
  std::string out;           // folder to make; must not exist
  std::int64_t train = 600;  // pictures
  std::int64_t val = 200;
  int width = 320;
  int height = 240;
  std::int64_t min_objects = 2;  // of a picture
  std::int64_t max_objects = 6;
  double imbalance = 100;      // training pictures of the most frequent class / of the rarest
  std::int64_t val_floor = 8;  // val pictures of every class, where there is room for so many
  double difficulty = 0.5;     // 0: large, upright, apart ... 1: small, turned, tinted, overlapping, grainy
  std::uint64_t seed = 0;
  std::string format = "jpg";      // jpg | png
  int quality = 92;                // of a JPEG
  std::string masks = "rle";       // rle | polygons; both are exact
  std::int64_t rare_most = 10;     // LVIS: rare classes have 1 ... 10 training pictures,
  std::int64_t common_most = 100;  // common ones up to 100
  std::string categories;          // table (see read_emoji_categories); "" = the 60 of the core
  std::int64_t classes = 0;        // only the first so many; 0 = all
  std::string sprites;             // folder of drawings (see load_sprites); "" = the font
  std::string backgrounds;         // folder of pictures; "" = patterns
  std::string font;                // "" = where distributions put it
  int threads = 0;                 // 0 = one for each core; changes nothing but the time
};

struct EmojiInstancesSummary {
  struct Split {
    std::int64_t pictures = 0;
    std::int64_t objects = 0;
    std::int64_t fewest = 0;  // pictures of the class with the fewest
    std::int64_t most = 0;
  };
  Split train, val;
  std::int64_t rare = 0, common = 0, frequent = 0;  // classes
};

/// Writes images/train, images/val, train.json, val.json and about.txt. Masks are what is seen of a drawing; what is
/// nearly hidden is not annotated, and its class is among the picture's `not_exhaustive_category_ids`.
/// `neg_category_ids`: the absent classes of the groups seen, and a few others. Frequencies r, c and f follow from the
/// training pictures, in both files. Depends on the options alone, to the byte. The folder appears under its name when
/// it is complete. Throws ConfigError or DataError.
LONGTAIL_API EmojiInstancesSummary make_emoji_instances(const EmojiInstancesOptions& options);

}  // namespace longtail
