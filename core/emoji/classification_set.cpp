#include "core/emoji/classification_set.h"

#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/draw/canvas.h"
#include "core/emoji/backgrounds.h"
#include "core/emoji/categories.h"
#include "core/emoji/make_folder.h"
#include "core/io/atomic_file.h"
#include "core/system/workers.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;

constexpr double kDegree = 3.14159265358979324 / 180;

Placement random_placement(int size, double difficulty, Rng& rng) {
  const double d = difficulty;
  Placement at;
  at.height = size * rng.uniform(0.85 - 0.45 * d, 0.95);
  at.stretch = 1 + rng.uniform(-0.2, 0.2) * d;
  at.angle = rng.uniform(-1, 1) * (8 + 40 * d) * kDegree;
  at.mirror = rng.bernoulli(0.5);
  const double room = std::max(0.0, size - at.height) / 2 + size * 0.08 * d;
  at.center_y = size / 2.0 + rng.uniform(-room, room);
  at.center_x = size / 2.0 + rng.uniform(-room, room);
  at.color = ColorChange(rng.uniform(-1, 1) * (0.02 + 0.1 * d), 1 + rng.uniform(-0.6, 0.3) * d,
                         1 + rng.uniform(-1, 1) * (0.1 + 0.25 * d));
  return at;
}

void check(const EmojiClassificationOptions& options) {
  const auto require = [](bool good, const char* message) {
    if (!good) throw ConfigError(message);
  };
  const auto limit = static_cast<std::int64_t>(emoji_categories().size());
  require(!options.out.empty(), "--out: name the folder to make");
  if (options.classes < 2 || options.classes > limit) {
    throw ConfigError(fmt::format("--classes: {} is outside 2 ... {}", options.classes, limit));
  }
  require(options.size >= 8 && options.size <= 1024, "--size: must be in 8 ... 1024");
  require(options.max_count >= 1 && options.max_count <= 100000, "--max-count: must be in 1 ... 100000");
  require(options.test_count >= 0 && options.test_count <= 100000, "--test-count: must be in 0 ... 100000");
  require(options.imbalance >= 1, "--imbalance: must be at least 1");
  require(options.difficulty >= 0 && options.difficulty <= 1, "--difficulty: must be in 0 ... 1");
  require(options.format == "png" || options.format == "jpg", "--format: must be png or jpg");
  require_new_folder(options.out);
}

// A picture to make: the `number`-th of class `label` in split 0 (train) or 1 (test).
struct Job {
  int split;
  std::int64_t label;
  std::int64_t number;
};

constexpr const char* kSplits[] = {"train", "test"};

class Generator {
 public:
  explicit Generator(const EmojiClassificationOptions& options)
      : options_(options), counts_(long_tailed_counts(options.classes, options.max_count, options.imbalance)) {
    const EmojiFont font(find_emoji_font(options.font));
    for (std::int64_t label = 0; label < options.classes; ++label) {
      sprites_.push_back(font.draw(emoji_categories()[label].codepoint));
      for (int split = 0; split < 2; ++split) {
        const std::int64_t count = split == 0 ? counts_[label] : options.test_count;
        for (std::int64_t number = 0; number < count; ++number) jobs_.push_back({split, label, number});
      }
    }
  }

  void write_to(const fs::path& folder) {
    for (const char* split : kSplits) {
      for (std::int64_t label = 0; label < options_.classes; ++label) {
        fs::create_directories(folder / split / emoji_categories()[label].name);
      }
    }
    for_each_piece(static_cast<std::int64_t>(jobs_.size()), options_.threads,
                   [&](std::int64_t i, int) { write_picture(folder, jobs_[static_cast<std::size_t>(i)]); });
    for (int split = 0; split < 2; ++split) {
      write_file_atomically(folder / (std::string(kSplits[split]) + ".txt"), {list(split)});
    }
    write_file_atomically(folder / "class_names.txt", {class_names()});
    write_file_atomically(folder / "classes.csv", {class_table()});
    write_file_atomically(folder / "about.txt", {about()});
  }

  EmojiClassificationSummary summary() const {
    EmojiClassificationSummary summary;
    summary.train_counts = counts_;
    for (const Job& job : jobs_) ++(job.split == 0 ? summary.train : summary.test);
    return summary;
  }

 private:
  std::string path_of(const Job& job) const {
    return fmt::format("{}/{}/{:05}.{}", kSplits[job.split], emoji_categories()[job.label].name, job.number,
                       options_.format);
  }

  void write_picture(const fs::path& folder, const Job& job) const {
    Rng rng(options_.seed, static_cast<std::uint64_t>(job.label * 2 + job.split),
            static_cast<std::uint64_t>(job.number));
    const Image image = emoji_picture(sprites_[job.label], options_.size, options_.difficulty, rng);
    write_image((folder / path_of(job)).string(), image);
  }

  std::string list(int split) const {
    std::string text;
    for (const Job& job : jobs_) {
      if (job.split == split) text += fmt::format("{} {}\n", path_of(job), job.label);
    }
    return text;
  }

  std::string class_names() const {
    std::string text;
    for (std::int64_t label = 0; label < options_.classes; ++label) {
      text += fmt::format("{}\n", emoji_categories()[label].name);
    }
    return text;
  }

  std::string class_table() const {
    std::string text = "label,name,group,codepoint,train_count\n";
    for (std::int64_t label = 0; label < options_.classes; ++label) {
      const EmojiCategory& category = emoji_categories()[label];
      text += fmt::format("{},{},{},{:04x},{}\n", label, category.name, category.group,
                          static_cast<std::uint32_t>(category.codepoint), counts_[label]);
    }
    return text;
  }

  std::string about() const {
    return fmt::format(
        "Made by: longtail data make-emoji --task classification --classes {} --size {} --max-count {} --imbalance {} "
        "--test-count {} --difficulty {} --seed {} --format {}\n"
        "Drawings: Noto Color Emoji, Google (font: SIL Open Font License 1.1; drawings: Apache License 2.0)\n",
        options_.classes, options_.size, options_.max_count, options_.imbalance, options_.test_count,
        options_.difficulty, options_.seed, options_.format);
  }

  const EmojiClassificationOptions& options_;
  std::vector<std::int64_t> counts_;
  std::vector<Sprite> sprites_;
  std::vector<Job> jobs_;
};

}  // namespace

Image emoji_picture(const Sprite& sprite, int size, double difficulty, Rng& rng) {
  Canvas canvas(size, size);
  draw_background(0.25 + 0.75 * difficulty, rng, canvas);
  draw_sprite(sprite, random_placement(size, difficulty, rng), canvas);
  const auto blobs = static_cast<int>(rng.below(1 + static_cast<std::uint64_t>(std::lround(3 * difficulty))));
  draw_blobs(blobs, 0.1 + 0.2 * difficulty, 0.9, rng, canvas);
  add_grain(0.01 + 0.06 * difficulty, rng, canvas);
  return canvas.to_image();
}

EmojiClassificationSummary make_emoji_classification(const EmojiClassificationOptions& options) {
  check(options);
  Generator generator(options);
  make_folder(options.out, [&](const fs::path& folder) { generator.write_to(folder); });
  return generator.summary();
}

}  // namespace longtail
