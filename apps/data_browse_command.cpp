#include <fmt/format.h>
#include <longtail/error.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "apps/data_command.h"
#include "apps/print.h"
#include "apps/usage_error.h"
#include "core/annotations/annotation_set.h"
#include "core/draw/instance_tiles.h"
#include "core/engine/instance_data.h"
#include "registry/text/counted.h"

namespace longtail::app {
namespace {

struct BrowseArguments {
  std::string annotations;
  std::string root = ".";
  ConfigArguments config;
  std::int64_t epoch = 0;
  std::string out;
  TileChoice choice;
  ImageOptions reading{/*exif_orientation=*/true};
};

std::vector<MosaicTile> annotated(const BrowseArguments& arguments) {
  AnnotationProblems problems;
  const AnnotationSet set = read_annotations(arguments.annotations, BadAnnotation::skip, &problems);
  for (const std::string& problem : problems.examples) warn(problem);
  if (problems.any()) warn(fmt::format("{} left out", to_string(problems)));
  return annotated_tiles(set, arguments.root, arguments.choice, arguments.reading);
}

std::vector<MosaicTile> served(const BrowseArguments& arguments, const Globals& globals) {
  const auto [catalog, plan] = arguments.config.read(globals);
  return served_images(plan, catalog, arguments.epoch, arguments.choice);
}

void run(const BrowseArguments& arguments, const Globals& globals) {
  if (arguments.annotations.empty() == arguments.config.config.empty()) {
    throw ConfigError(
        "data browse shows the images of --annotations FILE, or those that training with --config CONFIG "
        "gets; give one of them");
  }
  require_place_for("--out", arguments.out);
  const auto tiles = arguments.config.config.empty() ? annotated(arguments) : served(arguments, globals);
  write_image(arguments.out, make_mosaic(tiles));
  fmt::print("{}: {}\n", visible(arguments.out), counted(tiles.size(), "image"));
}

/// OpenCV writes what the name's ending says.
std::string check_out(const std::string& name) {
  const std::filesystem::path ending = std::filesystem::path(name).extension();
  return ending == ".png" || ending == ".jpg" ? "" : "must end in .png or .jpg";
}

}  // namespace

void add_data_browse_command(CLI::App& data, Globals& globals) {
  auto arguments = std::make_shared<BrowseArguments>();
  CLI::App& verb = *data.add_subcommand("browse", "Images of a set in one picture, with masks, boxes and names");
  verb.add_option("--annotations", arguments->annotations, "LVIS or COCO JSON: images as they are annotated");
  verb.add_option("--root", arguments->root, "Folder that the file names are relative to")->capture_default_str();
  verb.add_option("--exif-orientation", arguments->reading.exif_orientation,
                  "Of --annotations: turn images upright as their EXIF data say; false if annotated as they are stored")
      ->capture_default_str();
  verb.add_option("--config", arguments->config.config,
                  "Experiment: images as its sampler and its transform serve them to training");
  verb.add_option("--set", arguments->config.overrides, "key.sub=value for that experiment")->allow_extra_args(false);
  verb.add_option("--epoch", arguments->epoch, "Of that experiment, from 0")
      ->check(whole_number(0))
      ->capture_default_str();
  verb.add_option("--out", arguments->out, "Picture to write, .png or .jpg")->required()->check(check_out);
  verb.add_option("--count", arguments->choice.count, "Images")->check(CLI::Range(1, 400))->capture_default_str();
  verb.add_option("--class", arguments->choice.class_name, "Only images with an object of this class");
  verb.add_option("--seed", arguments->choice.seed, "Of --annotations: another seed, other images")
      ->check(whole_number(0))
      ->capture_default_str();
  verb.callback([arguments, &globals] { run(*arguments, globals); });
}

}  // namespace longtail::app
