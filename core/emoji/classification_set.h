#pragma once

#include <longtail/export.h>
#include <longtail/rng.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/data/image.h"
#include "core/emoji/font.h"

namespace longtail {

/// A small long-tailed classification set, drawn from the emoji font.
struct EmojiClassificationOptions {
  std::string out;               // folder to make; must not exist
  std::int64_t classes = 20;     // 2 ... 60; five after the other are easily confused
  int size = 32;                 // side of a picture, pixels
  std::int64_t max_count = 500;  // training pictures of the most frequent class
  double imbalance = 100;        // max_count / training pictures of the rarest class
  std::int64_t test_count = 50;  // test pictures of each class
  double difficulty = 0.5;       // 0: upright, large, clean ... 1: small, turned, tinted, partly hidden, noisy
  std::uint64_t seed = 0;
  std::string format = "png";  // png | jpg
  std::string font;            // "" = where distributions put it
  int threads = 0;             // 0 = one for each core; changes nothing but the time
};

struct EmojiClassificationSummary {
  std::vector<std::int64_t> train_counts;  // of each class
  std::int64_t train = 0;
  std::int64_t test = 0;
};

/// Writes train/<class>/NNNNN.png and test/..., the lists train.txt and test.txt (`path label`), class_names.txt,
/// classes.csv (label, name, group, codepoint, train_count) and about.txt (what made it). Depends on the options alone,
/// to the byte; the n-th picture of a class does not depend on how many there are. The folder appears under its name
/// when it is complete. Throws DataError for an existing folder, a missing font, an unwritable place.
LONGTAIL_API EmojiClassificationSummary make_emoji_classification(const EmojiClassificationOptions& options);

/// One picture: the drawing on a random background, as hard as `difficulty` says.
LONGTAIL_API Image emoji_picture(const Sprite& sprite, int size, double difficulty, Rng& rng);

}  // namespace longtail
