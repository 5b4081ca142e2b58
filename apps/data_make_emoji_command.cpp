#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>
#include <vector>

#include "apps/data_command.h"
#include "apps/print.h"
#include "core/emoji/classification_set.h"
#include "core/emoji/scene_set.h"
#include "registry/text/counted.h"

namespace longtail::app {
namespace {

constexpr const char* kClassification = "classification";
constexpr const char* kInstances = "instance_segmentation";

/// Options of both tasks: each starts with its task's default, and only the task asked for reads them.
struct MakeEmojiArguments {
  std::string task = kClassification;
  EmojiClassificationOptions pictures;
  EmojiInstancesOptions scenes;
  std::string size, format;  // "" = the task's default
  std::int64_t classes = 0;
  std::vector<std::int64_t> objects{scenes.min_objects, scenes.max_objects};
  std::vector<std::int64_t> bounds{scenes.rare_most, scenes.common_most};
  std::vector<std::pair<const CLI::Option*, std::string>> task_of;  // options that one task alone has
};

bool parse(const std::string& text, int& value) {
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && rest == end;
}

void make_classification(MakeEmojiArguments& arguments) {
  EmojiClassificationOptions& options = arguments.pictures;
  if (!arguments.size.empty() && !parse(arguments.size, options.size)) {
    throw ConfigError(fmt::format("--size: '{}' is no number of pixels", arguments.size));
  }
  const EmojiClassificationSummary made = make_emoji_classification(options);
  const auto [few, many] = std::minmax_element(made.train_counts.begin(), made.train_counts.end());
  fmt::print("{}: {} ({} ... {} a class), {}, {}\n", visible(options.out), counted(made.train, "training picture"),
             *many, *few, counted(made.test, "test picture"), counted(made.train_counts.size(), "class", "classes"));
}

void make_instances(MakeEmojiArguments& arguments) {
  EmojiInstancesOptions& options = arguments.scenes;
  if (!arguments.size.empty()) {
    const auto cross = arguments.size.find('x');
    const std::string width = arguments.size.substr(0, cross);
    const std::string height = cross == std::string::npos ? width : arguments.size.substr(cross + 1);
    if (!parse(width, options.width) || !parse(height, options.height)) {
      throw ConfigError(fmt::format("--size: '{}' is not WIDTHxHEIGHT in pixels, such as 320x240", arguments.size));
    }
  }
  options.min_objects = arguments.objects[0];
  options.max_objects = arguments.objects[1];
  options.rare_most = arguments.bounds[0];
  options.common_most = arguments.bounds[1];
  const EmojiInstancesSummary made = make_emoji_instances(options);
  fmt::print("{}: {}: {} frequent, {} common, {} rare\n", visible(options.out),
             counted(made.rare + made.common + made.frequent, "class", "classes"), made.frequent, made.common,
             made.rare);
  for (const auto& [name, split] : {std::pair("train", made.train), std::pair("val", made.val)}) {
    fmt::print("  {}: {}, {}, {} ... {} a class\n", name, counted(split.pictures, "picture"),
               counted(split.objects, "object"), split.most, counted(split.fewest, "picture"));
  }
}

void run(MakeEmojiArguments& arguments) {
  for (const auto& [option, task] : arguments.task_of) {
    if (option->count() == 0 || task == arguments.task) continue;
    throw ConfigError(fmt::format("{}: is for --task {} alone", option->get_name(), task));
  }
  // Both tasks have these; they were read into the one's options.
  EmojiInstancesOptions& scenes = arguments.scenes;
  EmojiClassificationOptions& pictures = arguments.pictures;
  pictures.out = scenes.out;
  pictures.imbalance = scenes.imbalance;
  pictures.difficulty = scenes.difficulty;
  pictures.seed = scenes.seed;
  pictures.font = scenes.font;
  pictures.threads = scenes.threads;
  if (arguments.classes != 0) scenes.classes = pictures.classes = arguments.classes;
  if (!arguments.format.empty()) scenes.format = pictures.format = arguments.format;
  (arguments.task == kInstances ? make_instances : make_classification)(arguments);
}

void add_shared_options(CLI::App& verb, MakeEmojiArguments& arguments) {
  EmojiInstancesOptions& options = arguments.scenes;
  verb.add_option("--task", arguments.task, "classification or instance_segmentation")
      ->check(CLI::IsMember({kClassification, kInstances}))
      ->capture_default_str();
  verb.add_option("--out", options.out, "Folder to make; must not exist")->required();
  verb.add_option("--classes", arguments.classes, "Classification: up to 60, 20 by default; scenes: all by default")
      ->check(whole_number(1));
  verb.add_option("--size", arguments.size, "Classification: side, 32 by default; scenes: WIDTHxHEIGHT, 320x240");
  verb.add_option("--imbalance", options.imbalance, "Largest class / smallest class")->capture_default_str();
  verb.add_option("--difficulty", options.difficulty, "0: clean and upright ... 1: small, turned, tinted, noisy")
      ->capture_default_str();
  verb.add_option("--seed", options.seed, "Another seed, other pictures")
      ->check(whole_number(0))
      ->capture_default_str();
  verb.add_option("--format", arguments.format, "png or jpg; classification: png by default, scenes: jpg");
  verb.add_option("--font", options.font, "NotoColorEmoji.ttf, where it is in none of the usual places");
  verb.add_option("--threads", options.threads, "0: one for each core")->check(whole_number(0))->capture_default_str();
}

void add_classification_options(CLI::App& verb, MakeEmojiArguments& arguments) {
  EmojiClassificationOptions& options = arguments.pictures;
  const auto of_task = [&](CLI::Option* option) {
    option->group("Classification")->capture_default_str();
    arguments.task_of.emplace_back(option, kClassification);
  };
  of_task(verb.add_option("--max-count", options.max_count, "Training pictures of the largest class"));
  of_task(verb.add_option("--test-count", options.test_count, "Test pictures of each class"));
}

void add_instance_options(CLI::App& verb, MakeEmojiArguments& arguments) {
  EmojiInstancesOptions& options = arguments.scenes;
  const auto of_task = [&](CLI::Option* option) {
    arguments.task_of.emplace_back(option, kInstances);
    return option->group("Instance segmentation")->capture_default_str();
  };
  of_task(verb.add_option("--train", options.train, "Training pictures"));
  of_task(verb.add_option("--val", options.val, "Pictures to evaluate on, with all classes about alike"));
  of_task(verb.add_option("--val-floor", options.val_floor, "val pictures of every class at least, if there is room"));
  of_task(verb.add_option("--objects", arguments.objects, "Fewest and most objects of a picture"))->expected(2);
  of_task(verb.add_option("--masks", options.masks, "rle or polygons; both are exact"));
  of_task(verb.add_option("--quality", options.quality, "Of a JPEG"));
  of_task(verb.add_option("--bounds", arguments.bounds, "Most training pictures of a rare class, and of a common one"))
      ->expected(2);
  of_task(verb.add_option("--categories", options.categories, "Table codepoint,name,group,suggested_frequency"));
  of_task(verb.add_option("--sprites", options.sprites, "Folder of <codepoint>.png, or of such folders (styles)"));
  of_task(verb.add_option("--backgrounds", options.backgrounds, "Folder of pictures to draw on, instead of patterns"));
}

}  // namespace

void add_data_make_emoji_command(CLI::App& data, Globals&) {
  auto arguments = std::make_shared<MakeEmojiArguments>();
  CLI::App& verb = *data.add_subcommand("make-emoji", "Draw a small long-tailed data set from the emoji font");
  add_shared_options(verb, *arguments);
  add_classification_options(verb, *arguments);
  add_instance_options(verb, *arguments);
  verb.callback([arguments] { run(*arguments); });
}

}  // namespace longtail::app
