#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>

#include "apps/data_command.h"
#include "apps/data_stats_instances.h"
#include "apps/print.h"
#include "core/data/class_stats.h"
#include "core/data/image_list.h"
#include "registry/text/counted.h"

namespace longtail::app {
namespace {

struct StatsArguments {
  std::string list;
  std::string class_names;
  std::int64_t num_classes = 0;
  std::int64_t many_above = 100;
  std::int64_t few_below = 20;
  bool per_class = false;
  bool json = false;
};

nlohmann::json to_json(const ClassStats::Group& group) {
  return {{"classes", group.classes}, {"images", group.images}};
}

void print_json(const StatsArguments& arguments, const ClassStats& stats, const std::vector<std::int64_t>& counts,
                const std::vector<std::string>& names) {
  nlohmann::json out{{"list", arguments.list},          {"images", stats.images},    {"classes", stats.classes},
                     {"empty_classes", stats.empty},    {"largest", stats.largest},  {"smallest", stats.smallest},
                     {"imbalance", stats.imbalance},    {"gini", stats.gini},        {"many", to_json(stats.many)},
                     {"medium", to_json(stats.medium)}, {"few", to_json(stats.few)}, {"counts", counts}};
  if (!names.empty()) out["class_names"] = names;
  fmt::print("{}", json_text(out));
}

void print_group(const char* name, const std::string& bounds, const ClassStats::Group& group, std::int64_t images) {
  fmt::print("  {:<7}{:<14}{:>6} classes {:>9} images {:>6.1f} %\n", name, bounds, group.classes, group.images,
             images > 0 ? 100.0 * static_cast<double>(group.images) / static_cast<double>(images) : 0.0);
}

void print_text(const StatsArguments& arguments, const ClassStats& stats, const std::vector<std::int64_t>& counts,
                const std::vector<std::string>& names) {
  fmt::print("{}: {}, {}, {} ... {} a class (imbalance {:.1f}, Gini {:.2f})\n", visible(arguments.list),
             counted(stats.images, "image"), counted(stats.classes, "class", "classes"), stats.largest,
             counted(stats.smallest, "image"), stats.imbalance, stats.gini);
  print_group("many", fmt::format("> {}", arguments.many_above), stats.many, stats.images);
  print_group("medium", fmt::format("{} ... {}", arguments.few_below, arguments.many_above), stats.medium,
              stats.images);
  print_group("few", fmt::format("< {}", arguments.few_below), stats.few, stats.images);
  if (stats.empty > 0) {
    fmt::print("  {} {} no image\n", counted(stats.empty, "class", "classes"), if_one(stats.empty, "has", "have"));
  }
  if (!arguments.per_class) return;
  std::vector<std::size_t> order(counts.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return counts[a] > counts[b]; });
  constexpr int kBar = 50;
  for (const std::size_t label : order) {
    const auto bar = static_cast<std::size_t>(stats.largest > 0 ? kBar * counts[label] / stats.largest : 0);
    fmt::print("{:>5} {:<24} {:>7} {}\n", label, names.empty() ? "" : visible(names[label]), counts[label],
               std::string(bar, '#'));
  }
}

void run_list_stats(const StatsArguments& arguments) {
  const ImageList list = read_image_list(arguments.list, arguments.num_classes);
  std::vector<std::string> names;
  if (!arguments.class_names.empty()) names = read_class_names(arguments.class_names, list.num_classes);
  if (const std::string doubt = doubt_about_labels(list); !doubt.empty()) warn(doubt);
  if (const std::string doubt = doubt_about_names(arguments.class_names, names); !doubt.empty()) warn(doubt);
  const std::vector<std::int64_t> counts = count_classes(list.labels, list.num_classes);
  const ClassStats stats = class_stats(counts, arguments.many_above, arguments.few_below);
  (arguments.json ? print_json : print_text)(arguments, stats, counts, names);
}

bool holds_json(const std::filesystem::path& file) {
  return file.extension() == ".json" || (file.extension() == ".gz" && file.stem().extension() == ".json");
}

}  // namespace

void add_data_stats_command(CLI::App& data, Globals&) {
  auto arguments = std::make_shared<StatsArguments>();
  auto instances = std::make_shared<InstanceStatsArguments>();
  CLI::App& verb = *data.add_subcommand("stats", "How long the tail of a list file or of COCO or LVIS annotations is");
  verb.add_option("FILE", arguments->list, "List file (`relative/path label` a line), or annotations (.json, .json.gz)")
      ->required();
  verb.add_flag("--per-class", arguments->per_class, "A line for each class");
  verb.add_flag("--json", arguments->json, "Machine-readable");
  CLI::Option_group& list = *verb.add_option_group("List files");
  list.add_option("--class-names", arguments->class_names, "File with a name a line");
  list.add_option("--num-classes", arguments->num_classes, "0: one more than the largest label")
      ->check(whole_number(0))
      ->capture_default_str();
  list.add_option("--many-above", arguments->many_above, "Many: more images than this")
      ->check(whole_number(0))
      ->capture_default_str();
  list.add_option("--few-below", arguments->few_below, "Few: fewer images than this")
      ->check(whole_number(0))
      ->capture_default_str();
  CLI::Option_group& annotations = *verb.add_option_group("Annotations");
  annotations.add_option("--threshold", instances->threshold, "Of repeat factor sampling")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  annotations
      .add_option("--rare-at-most", instances->bounds.rare,
                  "Rare: on so many images or fewer, where the file "
                  "tells no frequency")
      ->check(whole_number(0))
      ->capture_default_str();
  annotations.add_option("--common-at-most", instances->bounds.common, "Common: more than that, and so many or fewer")
      ->check(whole_number(0))
      ->capture_default_str();
  annotations.add_option("--most", instances->most, "How many of the most repeated classes and images are listed")
      ->check(whole_number(0))
      ->capture_default_str();
  verb.callback([arguments, instances] {
    if (!holds_json(arguments->list)) return run_list_stats(*arguments);
    instances->annotations = arguments->list;
    instances->per_class = arguments->per_class;
    instances->json = arguments->json;
    run_instance_stats(*instances);
  });
}

}  // namespace longtail::app
