#include <fmt/format.h>
#include <fmt/ranges.h>
#include <longtail/error.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "apps/data_command.h"
#include "apps/print.h"
#include "core/engine/console.h"
#include "core/engine/listed_data.h"
#include "registry/text/counted.h"

namespace longtail::app {
namespace {

using nlohmann::ordered_json;

struct CheckArguments {
  ConfigArguments config;
  std::string annotations;
  std::string root = ".";
  bool exif_orientation = true;
  int threads = 0;
  bool json = false;
};

ordered_json to_json(const std::vector<PictureFinding>& findings) {
  ordered_json list = ordered_json::array();
  for (const PictureFinding& finding : findings) list.push_back({{"picture", finding.picture}, {"what", finding.what}});
  return list;
}

ordered_json to_json(const std::vector<SameContent>& groups) {
  ordered_json list = ordered_json::array();
  for (const SameContent& same : groups) {
    list.push_back({{"pictures", same.pictures}, {"other_labels", same.other_labels}});
  }
  return list;
}

ordered_json to_json(const SideRange& range) {
  return {{"least", range.least}, {"median", range.median}, {"most", range.most}};
}

ordered_json to_json(const SplitCheck& split) {
  return {{"split", split.name},
          {"source", split.source},
          {"pictures", split.pictures},
          {"broken", to_json(split.broken)},
          {"broken_objects", {{"count", split.num_broken_objects}, {"examples", split.broken_objects}}},
          {"odd", to_json(split.odd)},
          {"duplicates", to_json(split.duplicates)},
          {"doubts", split.doubts},
          {"exif_turned", split.turned},
          {"width", to_json(split.width)},
          {"height", to_json(split.height)},
          {"classes", split.classes.classes},
          {"empty_classes", split.classes.empty},
          {"largest_class", split.classes.largest},
          {"smallest_class", split.classes.smallest},
          {"imbalance", split.classes.imbalance},
          {"gini", split.classes.gini}};
}

void print_json(const DataCheck& check) {
  ordered_json out{{"broken", check.is_broken()},
                   {"splits", ordered_json::array()},
                   {"leaks", to_json(check.leaks)},
                   {"class_names", {{"broken", check.class_names.broken}, {"doubt", check.class_names.doubt}}}};
  for (const SplitCheck& split : check.splits) out["splits"].push_back(to_json(split));
  fmt::print("{}", json_text(out));
}

constexpr std::size_t kShown = 10;

void print_rest(std::size_t count) {
  if (count > kShown) fmt::print("  and {} more: --json lists all\n", count - kShown);
}

void print_findings(const std::string& split, const char* head, const std::vector<PictureFinding>& findings) {
  if (findings.empty()) return;
  fmt::print("\n{}: {}:\n", split, head);
  for (std::size_t i = 0; i < std::min(kShown, findings.size()); ++i) {
    fmt::print("  {}: {}\n", visible(findings[i].picture), visible(findings[i].what));
  }
  print_rest(findings.size());
}

void print_same(const std::string& head, const std::vector<SameContent>& groups) {
  if (groups.empty()) return;
  fmt::print("\n{}:\n", head);
  for (std::size_t i = 0; i < std::min(kShown, groups.size()); ++i) {
    fmt::print("  {}{}\n", visible(fmt::format("{}", fmt::join(groups[i].pictures, " = "))),
               groups[i].other_labels ? "  (with other labels)" : "");
  }
  print_rest(groups.size());
}

void print_table(const DataCheck& check) {
  fmt::print("{:<8}{:>10}{:>8}{:>10}{:>12}{:>6}{:>9}  {:<22}{}\n", "split", "pictures", "broken", "objects",
             "duplicates", "odd", "classes", "images a class", "median size");
  for (const SplitCheck& split : check.splits) {
    std::int64_t copies = 0;
    for (const SameContent& same : split.duplicates) copies += static_cast<std::int64_t>(same.pictures.size()) - 1;
    const ClassStats& classes = split.classes;
    fmt::print("{:<8}{:>10}{:>8}{:>10}{:>12}{:>6}{:>9}  {:<22}{} x {}\n", split.name, split.pictures,
               split.broken.size(), split.num_broken_objects, copies, split.odd.size(), classes.classes,
               fmt::format("{} ... {}{}", classes.largest, classes.smallest,
                           classes.empty > 0 ? fmt::format(" ({} none)", classes.empty) : ""),
               split.width.median, split.height.median);
  }
}

void print_text(const DataCheck& check) {
  print_table(check);
  for (const SplitCheck& split : check.splits) {
    print_findings(split.name, "pictures that cannot be used", split.broken);
    if (split.num_broken_objects > 0) {
      fmt::print("\n{}: {}, such as:\n", split.name,
                 counted(split.num_broken_objects, "broken object or polygon", "broken objects or polygons"));
      for (const std::string& example : split.broken_objects) fmt::print("  {}\n", visible(example));
    }
    print_findings(split.name, "pictures that look odd", split.odd);
    print_same(split.name + ": pictures of the same content", split.duplicates);
    if (split.turned > 0) {
      fmt::print("\n{}: {} turned by {} EXIF orientation\n", split.name,
                 counted(split.turned, "picture is", "pictures are"), if_one(split.turned, "its", "their"));
    }
    for (const std::string& doubt : split.doubts) fmt::print("\n{}: {}\n", split.name, visible(doubt));
  }
  print_same("pictures that are in two splits", check.leaks);
  const ClassNamesCheck& names = check.class_names;
  if (!names.broken.empty()) fmt::print("\nclass names that cannot be used:\n  {}\n", visible(names.broken));
  if (!names.doubt.empty()) fmt::print("\n{}\n", visible(names.doubt));
  if (!check.is_broken()) fmt::print("\nNothing is broken.\n");
}

void run(const CheckArguments& arguments, Globals& globals) {
  if (arguments.annotations.empty() == arguments.config.config.empty()) {
    throw ConfigError("data check looks at the data of CONFIG, or at --annotations FILE; give one of them");
  }
  ListedData data;
  if (arguments.annotations.empty()) {
    const auto [catalog, plan] = arguments.config.read(globals);
    data = listed_data(plan, catalog);
  } else {
    data.options.exif_orientation = arguments.exif_orientation;
    data.splits.push_back(listed_annotations(arguments.annotations, arguments.root));
  }
  Console console;
  DataCheck check = check_data(data.splits, data.options, arguments.threads, [&](auto done, auto total) {
    if (done % 64 == 0) console.progress(fmt::format("checking {}/{}", done, total));
  });
  console.end_progress();
  check.class_names = data.class_names;
  (arguments.json ? print_json : print_text)(check);
  if (check.is_broken()) globals.exit_code = static_cast<int>(ExitCode::data);
}

}  // namespace

void add_data_check_command(CLI::App& data, Globals& globals) {
  auto arguments = std::make_shared<CheckArguments>();
  CLI::App& verb = *data.add_subcommand(
      "check", "Read every picture of a data set: broken ones, copies, odd sizes, pictures in two splits");
  arguments->config.add_to(verb);
  verb.get_option("CONFIG")->required(false);
  CLI::Option* const annotations =
      verb.add_option("--annotations", arguments->annotations, "LVIS or COCO JSON, in place of CONFIG");
  verb.add_option("--root", arguments->root, "Of --annotations: folder that the file names are relative to")
      ->needs(annotations)
      ->capture_default_str();
  verb.add_option("--exif-orientation", arguments->exif_orientation,
                  "Of --annotations: turn images upright as their EXIF data say; false if annotated as they are stored")
      ->needs(annotations)
      ->capture_default_str();
  verb.add_option("--threads", arguments->threads, "0: one a core")->check(whole_number(0))->capture_default_str();
  verb.add_flag("--json", arguments->json, "Machine-readable, with all findings");
  verb.callback([arguments, &globals] { run(*arguments, globals); });
}

}  // namespace longtail::app
