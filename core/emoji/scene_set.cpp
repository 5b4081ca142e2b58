#include "core/emoji/scene_set.h"

#include <fmt/format.h>
#include <longtail/error.h>
#include <longtail/rng.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>

#include "core/annotations/mask_polygons.h"
#include "core/annotations/write_annotations.h"
#include "core/data/image.h"
#include "core/emoji/categories.h"
#include "core/emoji/make_folder.h"
#include "core/emoji/plan.h"
#include "core/emoji/scene.h"
#include "core/emoji/sprites.h"
#include "core/io/atomic_file.h"
#include "core/system/workers.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSplits[] = {"train", "val"};
constexpr std::int64_t kOtherNegatives = 8;  // beside the absent classes of the groups seen

// Streams of random numbers: plans, pictures and negatives of a split must not depend on each other.
enum class Stream : std::uint64_t { plan, scene, negatives };
Rng stream(const EmojiInstancesOptions& options, Stream use, std::uint64_t split, std::uint64_t number = 0) {
  return Rng(options.seed, static_cast<std::uint64_t>(use) * 2 + split, number);
}

void check(const EmojiInstancesOptions& options) {
  const auto require = [](bool good, const char* message) {
    if (!good) throw ConfigError(message);
  };
  require(!options.out.empty(), "--out: name the folder to make");
  require(options.train >= 1 && options.train <= 1000000, "--train: must be in 1 ... 1000000");
  require(options.val >= 1 && options.val <= 1000000, "--val: must be in 1 ... 1000000");
  require(std::min(options.width, options.height) >= 32 && std::max(options.width, options.height) <= 4096,
          "--size: sides must be in 32 ... 4096");
  require(options.min_objects >= 1 && options.min_objects <= options.max_objects && options.max_objects <= 100,
          "--objects: must be FEWEST MOST, both in 1 ... 100");
  require(options.imbalance >= 1, "--imbalance: must be at least 1");
  require(options.difficulty >= 0 && options.difficulty <= 1, "--difficulty: must be in 0 ... 1");
  require(options.format == "png" || options.format == "jpg", "--format: must be png or jpg");
  require(options.quality >= 1 && options.quality <= 100, "--quality: must be in 1 ... 100");
  require(options.masks == "rle" || options.masks == "polygons", "--masks: must be rle or polygons");
  require(options.rare_most >= 0 && options.rare_most <= options.common_most,
          "--bounds: must be the most pictures of a rare class, then of a common one");
  require_new_folder(options.out);
}

std::vector<EmojiCategory> wanted_categories(const EmojiInstancesOptions& options) {
  std::vector<EmojiCategory> all =
      options.categories.empty() ? emoji_categories() : read_emoji_categories(options.categories);
  const auto available = static_cast<std::int64_t>(all.size());
  if (options.classes != 0 && (options.classes < 2 || options.classes > available)) {
    throw ConfigError(fmt::format("--classes: {} is outside 2 ... {}", options.classes, available));
  }
  if (options.classes != 0) all.resize(static_cast<std::size_t>(options.classes));
  return all;
}

class Generator {
 public:
  explicit Generator(const EmojiInstancesOptions& options)
      : options_(options),
        categories_(wanted_categories(options)),
        sprites_(load_sprites(categories_, options.font, options.sprites)) {
    style_.height = options.height;
    style_.width = options.width;
    style_.difficulty = options.difficulty;
    if (!options.backgrounds.empty()) style_.photos = &photos_.emplace(options.backgrounds);
    const std::vector<std::int64_t> ranks = rank_emoji(categories_);
    for (std::uint64_t split = 0; split < 2; ++split) {
      Rng rng = stream(options, Stream::plan, split);
      // val is nearly balanced, or the rare classes could not be judged.
      plans_[split] =
          plan_scenes(ranks, split == 0 ? options.train : options.val, options.min_objects, options.max_objects,
                      split == 0 ? options.imbalance : 2, split == 0 ? 1 : options.val_floor, rng);
    }
  }

  EmojiInstancesSummary write_to(const fs::path& folder) {
    EmojiInstancesSummary summary;
    for (int split = 0; split < 2; ++split) {
      fs::create_directories(folder / "images" / kSplits[split]);
      fill_set(split, draw_scenes(folder, split));
    }
    name_frequencies(summary);
    const AnnotationNotes notes{"Scenes of emoji, made by longtail data make-emoji", drawings_license(), ""};
    for (int split = 0; split < 2; ++split) {
      write_file_atomically(folder / fmt::format("{}.json", kSplits[split]), {to_lvis_json(sets_[split], notes)});
    }
    write_file_atomically(folder / "about.txt", {about()});
    return summary;
  }

 private:
  struct Drawn {
    std::vector<SceneInstance> instances;
    std::vector<std::int64_t> hidden;
  };

  std::string file_name(int split, std::size_t number) const {
    return fmt::format("images/{}/{:06}.{}", kSplits[split], number + 1, options_.format);
  }

  std::vector<Drawn> draw_scenes(const fs::path& folder, int split) const {
    const auto& pictures = plans_[split].pictures;
    std::vector<Drawn> drawn(pictures.size());
    for_each_piece(static_cast<std::int64_t>(pictures.size()), options_.threads, [&](std::int64_t number, int) {
      const auto i = static_cast<std::size_t>(number);
      Rng rng = stream(options_, Stream::scene, static_cast<std::uint64_t>(split), i);
      std::vector<SceneObject> objects;
      for (const std::int64_t label : pictures[i]) {
        const auto& styles = sprites_[static_cast<std::size_t>(label)];
        objects.push_back({label, &styles[rng.below(styles.size())]});
      }
      Scene scene = draw_scene(objects, style_, rng);
      write_image((folder / file_name(split, i)).string(), scene.image, options_.quality);
      drawn[i] = {std::move(scene.instances), std::move(scene.hidden)};
    });
    return drawn;
  }

  // Images of val go on counting where those of train end.
  void fill_set(int split, const std::vector<Drawn>& drawn) {
    AnnotationSet& set = sets_[split];
    for (std::size_t i = 0; i < drawn.size(); ++i) {
      ImageRecord image;
      image.id = (split == 0 ? 0 : options_.train) + static_cast<std::int64_t>(i) + 1;
      image.width = options_.width;
      image.height = options_.height;
      image.file_name = file_name(split, i);
      image.first_object = static_cast<std::int64_t>(set.objects.size());
      image.num_objects = static_cast<std::int64_t>(drawn[i].instances.size());
      for (const SceneInstance& instance : drawn[i].instances) add_object(instance, set);
      for (const std::int64_t label : drawn[i].hidden) {
        image.not_exhaustive_classes.push_back(static_cast<std::int32_t>(label));
      }
      Rng rng = stream(options_, Stream::negatives, static_cast<std::uint64_t>(split), i);
      image.negative_classes = negatives(plans_[split].pictures[i], rng);
      set.images.push_back(std::move(image));
    }
  }

  void add_object(const SceneInstance& instance, AnnotationSet& set) const {
    ObjectRecord object;
    object.id = static_cast<std::int64_t>(set.objects.size()) + 1;
    object.class_index = static_cast<std::int32_t>(instance.label);
    object.area = static_cast<double>(rle_area(instance.mask));
    object.box = rle_box(instance.mask);
    SegmentationRef& ref = object.segmentation;
    if (options_.masks == "rle") {
      ref.form = SegmentationRef::Form::rle;
      ref.begin = static_cast<std::int64_t>(set.rle_counts.size());
      set.rle_counts.insert(set.rle_counts.end(), instance.mask.counts.begin(), instance.mask.counts.end());
      ref.end = static_cast<std::int64_t>(set.rle_counts.size());
    } else {
      ref.form = SegmentationRef::Form::polygons;
      ref.begin = static_cast<std::int64_t>(set.polygon_ends.size());
      for (const std::vector<double>& polygon : polygons_of(instance.mask)) {
        set.coordinates.insert(set.coordinates.end(), polygon.begin(), polygon.end());
        set.polygon_ends.push_back(static_cast<std::int64_t>(set.coordinates.size()));
      }
      ref.end = static_cast<std::int64_t>(set.polygon_ends.size());
    }
    set.objects.push_back(object);
  }

  // Classes that are known to be absent: those of the groups seen, which a model may confuse, and some others.
  std::vector<std::int32_t> negatives(const std::vector<std::int64_t>& labels, Rng& rng) const {
    const auto seen = [&](std::size_t c) {
      return std::find(labels.begin(), labels.end(), static_cast<std::int64_t>(c)) != labels.end();
    };
    const auto of_seen_group = [&](std::size_t c) {
      return std::any_of(labels.begin(), labels.end(), [&](std::int64_t label) {
        return categories_[static_cast<std::size_t>(label)].group == categories_[c].group;
      });
    };
    std::vector<std::int32_t> found, others;
    for (std::size_t c = 0; c < categories_.size(); ++c) {
      if (!seen(c)) (of_seen_group(c) ? found : others).push_back(static_cast<std::int32_t>(c));
    }
    rng.shuffle(others);
    others.resize(std::min(others.size(), static_cast<std::size_t>(kOtherNegatives)));
    found.insert(found.end(), others.begin(), others.end());
    std::sort(found.begin(), found.end());
    return found;
  }

  // Counts pictures and objects of each class as drawn; the frequencies are those of the training pictures.
  void name_frequencies(EmojiInstancesSummary& summary) {
    std::vector<Category> named(categories_.size());
    for (int split = 1; split >= 0; --split) {
      for (std::size_t c = 0; c < named.size(); ++c) {
        named[c] = Category();
        named[c].id = static_cast<std::int64_t>(c) + 1;
        named[c].name = categories_[c].name;
        named[c].supercategory = categories_[c].group;
      }
      const AnnotationSet& set = sets_[split];
      for (const ImageRecord& image : set.images) {
        std::vector<bool> seen(named.size());
        for (std::int64_t i = image.first_object; i < image.first_object + image.num_objects; ++i) {
          const auto c = static_cast<std::size_t>(set.objects[static_cast<std::size_t>(i)].class_index);
          ++named[c].instance_count;
          named[c].image_count += seen[c] ? 0 : 1;
          seen[c] = true;
        }
      }
      const auto [fewest, most] =
          std::minmax_element(named.begin(), named.end(),
                              [](const Category& a, const Category& b) { return a.image_count < b.image_count; });
      EmojiInstancesSummary::Split& counted = split == 0 ? summary.train : summary.val;
      counted = {static_cast<std::int64_t>(set.images.size()), static_cast<std::int64_t>(set.objects.size()),
                 fewest->image_count, most->image_count};
    }
    for (Category& category : named) {
      const bool rare = category.image_count <= options_.rare_most;
      category.frequency = rare ? 'r' : (category.image_count <= options_.common_most ? 'c' : 'f');
      ++(rare ? summary.rare : (category.frequency == 'c' ? summary.common : summary.frequent));
    }
    for (AnnotationSet& set : sets_) {
      set.is_lvis = true;
      set.categories = named;
    }
  }

  std::string drawings_license() const {
    return options_.sprites.empty() ? "Drawings: Noto Color Emoji, Google (font: SIL Open Font License 1.1; drawings: "
                                      "Apache License 2.0)"
                                    : "That of the drawings";
  }

  std::string about() const {
    const auto named = [](const char* name, const std::string& value) {
      return value.empty() ? "" : fmt::format(" --{} {}", name, value);
    };
    return fmt::format(
        "Made by: longtail data make-emoji --task instance_segmentation --train {} --val {} --size {}x{} --objects {} "
        "{} "
        "--classes {} --imbalance {} --val-floor {} --difficulty {} --seed {} --format {} --quality {} --masks {} "
        "--bounds {} {}{}{}{}\n{}\n",
        options_.train, options_.val, options_.width, options_.height, options_.min_objects, options_.max_objects,
        categories_.size(), options_.imbalance, options_.val_floor, options_.difficulty, options_.seed, options_.format,
        options_.quality, options_.masks, options_.rare_most, options_.common_most,
        named("categories", options_.categories), named("sprites", options_.sprites),
        named("backgrounds", options_.backgrounds), drawings_license());
  }

  const EmojiInstancesOptions& options_;
  std::vector<EmojiCategory> categories_;
  std::vector<std::vector<Sprite>> sprites_;  // of each category, the styles
  std::optional<BackgroundPhotos> photos_;
  SceneStyle style_;
  ScenePlan plans_[2];
  AnnotationSet sets_[2];
};

}  // namespace

EmojiInstancesSummary make_emoji_instances(const EmojiInstancesOptions& options) {
  check(options);
  Generator generator(options);
  EmojiInstancesSummary summary;
  make_folder(options.out, [&](const fs::path& folder) { summary = generator.write_to(folder); });
  return summary;
}

}  // namespace longtail
