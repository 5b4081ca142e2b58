#include "apps/data_stats_instances.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "apps/print.h"
#include "core/data/annotation_stats.h"
#include "registry/text/counted.h"

namespace longtail::app {
namespace {

const Category& category_of(const AnnotationSet& set, std::int32_t class_index) {
  return set.categories[static_cast<std::size_t>(class_index)];
}

/// The most repeated classes first; of equal ones the one on fewer images.
std::vector<AnnotationStats::ClassRow> by_repeats(const AnnotationStats& stats) {
  std::vector<AnnotationStats::ClassRow> rows = stats.classes;
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return a.repeat_factor != b.repeat_factor ? a.repeat_factor > b.repeat_factor : a.images < b.images;
  });
  return rows;
}

template <class Row>
void keep_first(std::vector<Row>& rows, std::int64_t count) {
  if (static_cast<std::int64_t>(rows.size()) > count) rows.resize(static_cast<std::size_t>(count));
}

nlohmann::ordered_json id_value(const AnnotationId& id) {
  return id.is_text() ? nlohmann::ordered_json(id.text) : nlohmann::ordered_json(id.number);
}

nlohmann::ordered_json to_json(const InstanceStatsArguments& arguments, const AnnotationSet& set,
                               const AnnotationStats& stats) {
  nlohmann::ordered_json out{
      {"annotations", arguments.annotations},      {"images", set.images.size()},
      {"images_with_objects", stats.images},       {"objects", stats.objects},
      {"classes", stats.classes.size()},           {"classes_per_image", stats.classes_per_image},
      {"threshold", arguments.threshold},          {"epoch", stats.epoch},
      {"epoch_stochastic", stats.epoch_stochastic}};
  out["left_out"] = {{"objects", stats.left_out.total()},
                     {"of", stats.left_out.objects},
                     {"crowds", stats.left_out.crowds},
                     {"ignored", stats.left_out.ignored},
                     {"tiny", stats.left_out.tiny}};
  for (const AnnotationStats::Group& group : stats.groups) {
    out["groups"][std::string(1, group.frequency)] = {{"classes", group.classes},
                                                      {"empty_classes", group.empty},
                                                      {"objects", group.objects},
                                                      {"repeats", group.repeats}};
  }
  for (const AnnotationStats::ClassRow& row : stats.classes) {
    const Category& category = category_of(set, row.class_index);
    out["per_class"].push_back({{"id", id_value(category.key())},
                                {"name", category.name},
                                {"frequency", std::string(1, row.frequency)},
                                {"images", row.images},
                                {"objects", row.objects},
                                {"repeat_factor", row.repeat_factor}});
  }
  std::vector<AnnotationStats::ImageRow> images = stats.by_image;
  keep_first(images, arguments.most);
  out["most_repeated_images"] = nlohmann::ordered_json::array();
  for (const AnnotationStats::ImageRow& row : images) {
    const ImageRecord& image = set.images[static_cast<std::size_t>(row.image)];
    out["most_repeated_images"].push_back({{"id", id_value(image.key())},
                                           {"file_name", image.file_name},
                                           {"repeat_factor", row.repeat_factor},
                                           {"class", category_of(set, row.class_index).name}});
  }
  return out;
}

void print_groups(const AnnotationStats& stats) {
  fmt::print("{:<12}{:>9}{:>11}{:>11}{:>10}{:>14}\n", "frequency", "classes", "no object", "objects", "share",
             "shown by RFS");
  for (const AnnotationStats::Group& group : stats.groups) {
    const char* name = group.frequency == 'f' ? "frequent" : group.frequency == 'c' ? "common" : "rare";
    const double share =
        stats.objects > 0 ? 100.0 * static_cast<double>(group.objects) / static_cast<double>(stats.objects) : 0;
    fmt::print("{:<12}{:>9}{:>11}{:>11}{:>8.1f} %{:>12.2f} x\n", name, group.classes, group.empty, group.objects, share,
               group.repeats);
  }
}

void print_classes(const AnnotationSet& set, const std::vector<AnnotationStats::ClassRow>& rows) {
  fmt::print("{:>6}  {:<32}{:>3}{:>9}{:>10}{:>9}\n", "id", "class", "", "images", "objects", "factor");
  for (const AnnotationStats::ClassRow& row : rows) {
    const Category& category = category_of(set, row.class_index);
    fmt::print("{:>6}  {:<32}{:>3}{:>9}{:>10}{:>9.2f}\n", visible(to_string(category.key())), visible(category.name),
               row.frequency, row.images, row.objects, row.repeat_factor);
  }
}

void print_text(const InstanceStatsArguments& arguments, const AnnotationSet& set, const AnnotationStats& stats) {
  const double images = static_cast<double>(std::max<std::int64_t>(1, stats.images));
  fmt::print("{}: {}, {} of them with objects; {}, {}; {:.1f} objects and {:.1f} classes an image\n\n",
             visible(arguments.annotations), counted(set.images.size(), "image"), stats.images,
             counted(stats.objects, "object"), counted(stats.classes.size(), "class", "classes"),
             static_cast<double>(stats.objects) / images, stats.classes_per_image);
  if (const std::string left_out = to_string(stats.left_out); !left_out.empty()) fmt::print("{}\n\n", left_out);
  print_groups(stats);
  fmt::print(
      "\nRepeat factor sampling at {}: an epoch of {:.0f} images, {:.2f} times the set ({:.0f} on average with\n"
      "rounding: stochastic).\n",
      arguments.threshold, stats.epoch, stats.epoch / images, stats.epoch_stochastic);
  if (arguments.per_class) {
    fmt::print("\nClasses, the most repeated first:\n");
    print_classes(set, by_repeats(stats));
    return;
  }
  std::vector<AnnotationStats::ClassRow> classes = by_repeats(stats);
  classes.erase(std::remove_if(classes.begin(), classes.end(), [](const auto& row) { return row.repeat_factor <= 1; }),
                classes.end());
  keep_first(classes, arguments.most);
  if (classes.empty()) return;
  fmt::print("\nMost repeated classes:\n");
  print_classes(set, classes);
  std::vector<AnnotationStats::ImageRow> rows = stats.by_image;
  keep_first(rows, arguments.most);
  fmt::print("\nMost repeated images:\n");
  for (const AnnotationStats::ImageRow& row : rows) {
    fmt::print("{:>9.2f} x  {}  for {}\n", row.repeat_factor,
               visible(set.images[static_cast<std::size_t>(row.image)].file_name),
               visible(category_of(set, row.class_index).name));
  }
}

}  // namespace

void run_instance_stats(const InstanceStatsArguments& arguments) {
  AnnotationProblems problems;
  const AnnotationSet set = read_annotations(arguments.annotations, BadAnnotation::skip, &problems);
  for (const std::string& example : problems.examples) warn(example);
  if (problems.any()) {
    warn(fmt::format("{} {} left out", to_string(problems), if_one(problems.count(), "was", "were")));
  }
  const AnnotationStats stats = annotation_stats(set, arguments.threshold, arguments.bounds);
  if (arguments.json) {
    fmt::print("{}", json_text(to_json(arguments, set, stats)));
  } else {
    print_text(arguments, set, stats);
  }
}

}  // namespace longtail::app
