#include "core/engine/run_folder.h"

#include <fstream>
#include <sstream>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/version.h>
#include <nlohmann/json.hpp>

#include <longtail/config/compose.h>
#include <longtail/error.h>

#include "core/engine/checkpoint.h"
#include "core/io/atomic_file.h"
#include "core/system/build_info.h"
#include "core/system/cpu.h"
#include "registry/text/several_lines.h"
#include "registry/text/visible.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

void write(const fs::path& file, const std::string& text) { write_file_atomically(file, {text}); }

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

/// Without what changes no result.
Node deciding(Node config) {
  for (const char* key : {"name", "plugin_path", "checkpoint"}) config.erase(key);
  if (Node* loader = config.find("loader")) {
    loader->erase("threads");
    loader->erase("prefetch");
  }
  return config;
}

std::string another_folder(const fs::path& folder) {
  const bool empty = list_checkpoints(folder / "checkpoints").empty();
  return empty
             ? "or remove the folder (it has no checkpoint yet) if nothing is training there, or use another --work-dir"
             : "or use another --work-dir";
}

/// What only a run that has begun to train leaves behind; "" without any.
std::string left_of_a_run(const fs::path& folder) {
  if (!list_checkpoints(folder / "checkpoints").empty()) return "checkpoints";
  for (const char* file : {"result.json", "metrics.jsonl"}) {
    std::error_code unseen;  // what cannot be looked at is told when the folder is made
    if (fs::exists(folder / file, unseen)) return file;
  }
  return "";
}

Node read_config(const fs::path& file) {
  Diagnostics diagnostics;
  Node node = parse_yaml_file(file, diagnostics);
  diagnostics.throw_if_any();
  return node;
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

RunFolder RunFolder::open(const fs::path& folder, const Node& resolved, bool resume) {
  const fs::path config = folder / "config.yaml";
  std::error_code failure;
  if (fs::exists(config, failure)) {
    if (!resume) {
      throw Error(ExitCode::other, fmt::format("{} already holds a run; use --resume to go on with it, {}",
                                               folder.string(), another_folder(folder)));
    }
    const Node before = deciding(read_config(config)), now = deciding(resolved);
    if (!before.same_value(now)) {
      throw LinesError<ConfigError>(fmt::format("{} was made by another configuration; undo these changes, {}:\n{}",
                                                visible(folder.native()), another_folder(folder), diff(before, now)));
    }
    return RunFolder(folder);
  }
  if (const std::string left = left_of_a_run(folder); !left.empty()) {
    throw Error(ExitCode::other,
                fmt::format("{} holds {} of a run but not its config.yaml, so it cannot be gone on with; "
                            "put that back, or use another --work-dir",
                            folder.string(), left));
  }
  fs::create_directories(folder, failure);
  if (failure) {
    throw Error(ExitCode::other, fmt::format("cannot make the run folder {}: {}; choose another --work-dir",
                                             folder.string(), failure.message()));
  }
  return RunFolder(folder);
}

void RunFolder::write_config(const Node& resolved) const {
  write(path_ / "provenance.txt", provenance(resolved));
  write(path_ / "config.yaml", to_yaml(resolved));  // last: its presence says that the folder holds a run
}

void RunFolder::write_environment(const std::string& command_line) const {
  const BuildInfo& build = build_info();
  const Json environment = {{"longtail", build.version},        {"commit", build.commit},
                            {"libtorch", TORCH_VERSION},        {"compiler", build.compiler},
                            {"threads", at::get_num_threads()}, {"cores", available_cores()},
                            {"command", command_line}};
  write(path_ / "env.json", environment.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

RunResult read_result(const fs::path& file) {
  std::ifstream stream(file);
  RunResult result;
  try {
    const Json json = Json::parse(stream);
    result.name = json.value("name", "");
    result.task = json.value("task", "");
    result.seed = json.value("seed", std::int64_t{0});
    result.epoch = json.value("epoch", std::int64_t{0});
    result.metrics = json.at("metrics").get<Metrics>();
    result.train_seconds = json.value("train_seconds", 0.0);
    result.weights = json.value("weights", "");
    result.limit_batches = json.value("limit_batches", std::int64_t{0});
  } catch (const Json::exception&) {
    throw DataError(fmt::format("{}: not a result; remove it to evaluate the run again", file.string()));
  }
  return result;
}

void write_result(const fs::path& file, const RunResult& result) {
  Json json = {{"name", result.name},
               {"task", result.task},
               {"seed", result.seed},
               {"status", "finished"},
               {"epoch", result.epoch},
               {"metrics", result.metrics},
               {"train_seconds", result.train_seconds},
               {"weights", result.weights}};
  if (result.limit_batches > 0) json["limit_batches"] = result.limit_batches;
  write(file, json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace longtail
