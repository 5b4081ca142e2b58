#include "core/engine/run_folder.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <torch/version.h>
#include <nlohmann/json.hpp>

#include <longtail/config/compose.h>
#include <longtail/error.h>

#include "core/engine/checkpoint.h"
#include "core/io/atomic_file.h"
#include "core/io/own_file.h"
#include "core/system/build_info.h"
#include "core/system/cpu.h"
#include "registry/text/affixes.h"
#include "registry/text/counted.h"
#include "registry/text/several_lines.h"
#include "registry/text/visible.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

void write(const fs::path& file, const std::string& text) { write_file_atomically(file, {text}, Links::refuse); }

/// "a.b: value    file:line:col" for each leaf.
void list_places(const Node& node, const std::string& path, std::string& out) {
  if (node.is_map()) {
    for (const Node::Entry& entry : node.entries()) {
      list_places(entry.value, path.empty() ? entry.key : path + "." + entry.key, out);
    }
    return;
  }
  out += fmt::format("{}: {}    {}\n", visible(path), to_flow_yaml(node), visible(to_string(node.mark())));
}

/// What only a run that has begun to train leaves behind; "" without any.
std::string left_of_a_run(const fs::path& folder) {
  if (!list_checkpoints(folder / "checkpoints").empty()) return "checkpoints";
  for (const char* file : {"checkpoints/best.safetensors", "result.json", "metrics.jsonl"}) {
    std::error_code unseen;  // what cannot be looked at is told when the folder is made
    if (fs::exists(folder / file, unseen)) return file;
  }
  return "";
}

/// Whether a run writes a file of this name into its folder, or into the checkpoints in it.
bool is_of_a_run(const std::string& name, bool checkpoint) {
  constexpr std::array<std::string_view, 7> kNames = {"config.yaml",   "provenance.txt", "env.json",   "data_files.tsv",
                                                      "metrics.jsonl", "log.txt",        "result.json"};
  // Of an evaluation, which may be partial: output_name().
  constexpr std::array<std::string_view, 6> kOutputs = {"per_class.csv",         "confusion.csv",
                                                        "learned_confusion.csv", "learned_confusion.png",
                                                        "confused_pairs.csv",    "detections.json"};
  const auto like = [&](const char* start, const char* end) {
    return starts_with(name, start) && ends_with(name, end);
  };
  if (checkpoint)
    return like("epoch_", ".safetensors") || like("epoch_", ".damaged") || like("best.", "safetensors") ||
           name == "best_earlier.safetensors";
  std::string whole = name;
  if (const std::size_t mark = name.find(".partial."); mark != std::string::npos) {
    whole.erase(mark, std::string_view(".partial").size());
  }
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end() ||
         std::find(kOutputs.begin(), kOutputs.end(), whole) != kOutputs.end() || like("result_epoch_", ".json") ||
         like("events.out.tfevents.", ".longtail");
}

/// A folder of that name is somebody else's and stays.
void remove_file(const fs::path& file) {
  std::error_code failure;
  if (!fs::is_directory(fs::symlink_status(file, failure))) fs::remove(file, failure);
  if (!failure || failure == std::errc::no_such_file_or_directory) return;
  throw Error(ExitCode::other, fmt::format("{}: cannot be removed: {}; remove it by hand, or use another --work-dir",
                                           file.string(), failure.message()));
}

/// The checkpoints may lie on another disk, but where nobody else said so.
void check_checkpoints_link(const fs::path& checkpoints) {
  std::error_code unseen;
  if (!fs::is_symlink(checkpoints, unseen)) return;
  const char* why = !is_trusted_link(checkpoints)
                        ? "that others can have made, and what it leads to would be written to"
                    : !fs::is_directory(checkpoints, unseen) ? "that leads to no folder"
                                                             : nullptr;
  if (why == nullptr) return;
  throw Error(ExitCode::other, fmt::format("{}: is a symbolic link {}; remove it, or use another --work-dir",
                                           checkpoints.string(), why));
}

std::int64_t number_in(const Json& json, const char* key) {
  return json.contains(key) && json[key].is_number() ? json[key].get<std::int64_t>() : 0;
}
std::string text_in(const Json& json, const char* key) {
  return json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : std::string();
}
std::vector<std::string> texts_in(const Json& json, const char* key) {
  std::vector<std::string> texts;
  if (!json.contains(key) || !json[key].is_array()) return texts;
  for (const Json& text : json[key]) {
    if (text.is_string()) texts.push_back(text.get<std::string>());
  }
  return texts;
}

}  // namespace

std::string provenance(const Node& resolved) {
  std::string places;
  list_places(resolved, "", places);
  return places;
}

fs::path default_run_folder(const Node& resolved) {
  constexpr std::size_t longest = 200;  // what a file system takes, with room for endings
  const Node* node = resolved.find("name");
  const std::string name = node != nullptr ? node->text() : "";
  const bool plain = !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos &&
                     name.size() <= longest && visible(name) == name;
  if (plain) return fs::path("work_dirs") / name;
  Diagnostics finding;
  finding.error(
      node != nullptr ? node->mark() : resolved.mark(),
      fmt::format("the name '{}' cannot be that of a folder in work_dirs, where the run would go: it must not "
                  "be empty, hold '/' or control characters, or have more than {} bytes; change it, or name "
                  "the folder with --work-dir",
                  visible(name, longest), longest));
  finding.throw_if_any();
  return {};
}

EarlierRun look_at_run(const fs::path& folder) {
  EarlierRun earlier;
  std::error_code unseen;
  earlier.begun = fs::exists(folder / "config.yaml", unseen);
  if (!earlier.begun) return earlier;
  earlier.trained = !list_checkpoints(folder / "checkpoints").empty();
  earlier.finished = fs::exists(folder / "result.json", unseen);
  if (!earlier.worth()) return earlier;
  Diagnostics damaged;
  earlier.config = parse_yaml_file(folder / "config.yaml", damaged);
  if (!damaged.ok()) earlier.config = Node::null();
  if (const Node* threads = earlier.config.find("threads")) threads->as(earlier.threads);
  const Json environment = Json::parse(read_own_file(folder / "env.json"), nullptr, /*allow_exceptions=*/false);
  if (!environment.is_object()) return earlier;
  if (earlier.threads == 0) earlier.threads = number_in(environment, "threads");
  earlier.device = text_in(environment, "device");
  earlier.changes = texts_in(environment, "changes");
  earlier.data_since = number_in(environment, "data_since_epoch");
  return earlier;
}

RunFolder RunFolder::open(const fs::path& folder, const EarlierRun& earlier, Purpose purpose) {
  if (earlier.worth() && purpose == Purpose::begin) {
    throw Error(ExitCode::other, fmt::format("{} already holds a run; use --resume to go on with it, --overwrite to "
                                             "remove it and begin anew, or another --work-dir",
                                             folder.string()));
  }
  std::error_code unseen;
  const bool goes_on = purpose == Purpose::resume && earlier.worth();
  const bool is_removed = purpose == Purpose::overwrite && earlier.begun;  // and a link with it
  if (!is_removed) check_checkpoints_link(folder / "checkpoints");
  if (earlier.begun && !goes_on && !fs::exists(folder / "provenance.txt", unseen)) {
    throw Error(ExitCode::other,
                fmt::format("{} has a config.yaml that no run wrote (there is no provenance.txt beside "
                            "it); use another --work-dir",
                            folder.string()));
  }
  const std::string left = earlier.begun ? "" : left_of_a_run(folder);
  if (!left.empty()) {
    throw Error(ExitCode::other,
                fmt::format("{} holds {} of a run but not its config.yaml, so it cannot be gone on with; "
                            "put that back, or use another --work-dir",
                            folder.string(), left));
  }
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure) {
    throw Error(ExitCode::other, fmt::format("cannot make the run folder {}: {}; choose another --work-dir",
                                             folder.string(), failure.message()));
  }
  return RunFolder(folder);
}

void RunFolder::put_result_aside() const {
  const std::int64_t epoch = read_result(result()).epoch;
  std::error_code failure;
  fs::rename(result(), path_ / fmt::format("result_epoch_{}.json", epoch), failure);
  if (failure) {
    throw Error(ExitCode::other, fmt::format("{}: cannot be renamed: {}", result().string(), failure.message()));
  }
}

bool RunFolder::put_best_aside() const {
  const fs::path best = checkpoints() / "best.safetensors";
  std::error_code failure;
  if (!fs::is_regular_file(fs::symlink_status(best, failure))) return false;
  fs::rename(best, checkpoints() / "best_earlier.safetensors", failure);
  if (!failure) return true;
  throw Error(ExitCode::other, fmt::format("{}: cannot be renamed: {}", best.string(), failure.message()));
}

void RunFolder::remove_run() const {
  std::error_code no_link;
  const bool elsewhere = fs::is_symlink(checkpoints(), no_link);
  std::vector<fs::path> files, folders = {path_};
  (elsewhere ? files : folders).push_back(checkpoints());  // what a link leads to may be of another run
  for (const fs::path& folder : folders) {
    std::error_code unseen;
    for (fs::directory_iterator entry(folder, unseen), end; !unseen && entry != end; entry.increment(unseen)) {
      const bool checkpoint = folder != path_;
      if (is_of_a_run(entry->path().filename().string(), checkpoint)) files.push_back(entry->path());
    }
  }
  // A removal that is cut short can be gone on with: config.yaml says that there is a run, provenance.txt whose it is.
  const auto rank = [](const fs::path& file) {
    return file.filename() == "provenance.txt" ? 2 : file.filename() == "config.yaml" ? 1 : 0;
  };
  std::stable_sort(files.begin(), files.end(), [&](const fs::path& a, const fs::path& b) { return rank(a) < rank(b); });
  for (const fs::path& file : files) remove_file(file);
  std::error_code not_empty;
  fs::remove(checkpoints(), not_empty);
}

void RunFolder::write_config(const Node& resolved) const {
  write(path_ / "provenance.txt", provenance(resolved));
  write(path_ / "config.yaml", to_yaml(resolved));  // last: its presence says that the folder holds a run
}

void RunFolder::write_environment(const std::string& command_line, const Origin& origin,
                                  const std::vector<std::string>& changes, std::int64_t data_since) const {
  const BuildInfo& build = build_info();
  Json environment = {{"longtail", build.version},  {"commit", build.commit},    {"libtorch", TORCH_VERSION},
                      {"compiler", build.compiler}, {"threads", origin.threads}, {"device", origin.device},
                      {"cores", available_cores()}, {"program", origin.program}, {"libraries", origin.libraries},
                      {"command", command_line}};
  if (!changes.empty()) environment["changes"] = changes;
  if (data_since > 0) environment["data_since_epoch"] = data_since;
  write(path_ / "env.json", environment.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::string partial_note(std::int64_t limit_batches) {
  if (limit_batches <= 0) return "";
  return fmt::format("partial: of {} only, no result", counted(limit_batches, "batch", "batches"));
}

RunResult read_result(const fs::path& file) {
  const std::string text = read_own_file(file);
  RunResult result;
  try {
    const Json json = Json::parse(text);
    result.name = json.value("name", "");
    result.task = json.value("task", "");
    result.seed = json.value("seed", std::int64_t{0});
    result.epoch = json.value("epoch", std::int64_t{0});
    result.metrics = json.at("metrics").get<Metrics>();
    result.train_seconds = json.value("train_seconds", 0.0);
    result.weights = json.value("weights", "");
    result.limit_batches = json.value("limit_batches", std::int64_t{0});
    result.threads = number_in(json, "threads");
    result.device = text_in(json, "device");
    result.stopped_early = json.value("stopped_early", false);
    result.changes = texts_in(json, "changes");
    for (const char* fact : {"protocol", "protocol_reason", "frequency_source"}) {
      if (json.contains(fact) && json[fact].is_string()) result.facts[fact] = json[fact].get<std::string>();
    }
  } catch (const Json::exception&) {
    throw DataError(fmt::format("{}: not a result; remove it to evaluate the run again", file.string()));
  }
  return result;
}

void write_result(const fs::path& file, const RunResult& result) {
  Json json = {{"name", result.name},
               {"task", result.task},
               {"seed", result.seed},
               {"status", result.limit_batches > 0 ? "partial" : "finished"},
               {"epoch", result.epoch},
               {"metrics", result.metrics},
               {"train_seconds", result.train_seconds},
               {"weights", result.weights},
               {"threads", result.threads},
               {"device", result.device}};
  if (result.limit_batches > 0) json["limit_batches"] = result.limit_batches;
  if (result.stopped_early) json["stopped_early"] = true;
  if (!result.changes.empty()) json["changes"] = result.changes;
  for (const auto& [fact, text] : result.facts) json[fact] = text;

  write(file, json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace longtail
