#include "core/engine/initial_weights.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "core/io/fingerprint.h"
#include "core/io/weights.h"
#include "registry/text/affixes.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;

/// Weights that the shipped configurations start from, with torchvision's names.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kPublished = {
    {{"resnet50", "resnet50-0676ba61.pth"}, {"resnet101", "resnet101-63fe2227.pth"}}};

/// The environment variable that the path comes from or could come from: one that has it as its value, else the one
/// that goes with the configurations' default; "" for a path of the user's own.
std::string variable_of(const std::string& path) {
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equal = text.find('=');
    if (starts_with(text, "LONGTAIL_") && text.substr(equal + 1) == path) return std::string(text.substr(0, equal));
  }
  if (fs::path(path).parent_path() != "weights") return "";
  std::string name = "LONGTAIL_" + fs::path(path).stem().string();
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::toupper(c); });
  return name;
}

std::string source_of(const std::string& path, const std::string& variable) {
  std::string wanted = variable + " " + fs::path(path).filename().string();
  std::transform(wanted.begin(), wanted.end(), wanted.begin(), [](unsigned char c) { return std::tolower(c); });
  for (const auto& [name, file] : kPublished) {
    if (wanted.find(name) != std::string::npos) {
      return fmt::format("torchvision's are at https://download.pytorch.org/models/{}; ", file);
    }
  }
  return "";
}

}  // namespace

fs::path checkpoint_folder(const fs::path& path) {
  std::error_code unseen;
  return fs::is_directory(path / "checkpoints", unseen) ? path / "checkpoints" : path;
}

TensorFile read_initial_weights(const fs::path& path, const std::function<void(const std::string&)>& warn) {
  const fs::path folder = checkpoint_folder(path);
  if (list_checkpoints(folder).empty()) return read_weights(path);
  FoundCheckpoint found = load_newest_checkpoint(folder, warn);
  const std::map<std::string, Tensor> average(found.state.average.begin(), found.state.average.end());
  TensorFile file{{}, std::move(found.state.weights)};
  for (auto& [name, tensor] : file.tensors) {
    if (const auto better = average.find(name); better != average.end()) tensor = better->second;
  }
  return file;
}

void note_missing_weights(const std::string& path, std::vector<std::string>& missing) {
  std::error_code unseen;
  if (path.empty()) return;
  std::string what = "does not exist";
  if (fs::is_directory(path, unseen)) {
    try {
      find_weights(path);
      return;
    } catch (const DataError&) {
      what = "is a folder without weights";
    }
  } else if (std::error_code failure; fs::exists(path, failure)) {
    return;
  } else if (failure) {
    what = fmt::format("cannot be reached ({})", failure.message());
  }
  const std::string variable = variable_of(path);
  missing.push_back(
      fmt::format("model.init: {} {}: {}name the file in model.init{}, or start from random weights with "
                  "--set 'model.init=\"\"'",
                  path, what, source_of(path, variable), variable.empty() ? "" : fmt::format(" or {}", variable)));
}

std::vector<std::string> weights_files(const std::string& path) {
  if (path.empty()) return {};
  const fs::path folder = checkpoint_folder(path);
  const std::vector<std::string> stems = list_checkpoints(folder);
  if (stems.empty()) return {find_weights(path).string()};
  const auto [weights, state] = checkpoint_files(folder, stems.back());
  return {weights.string(), state.string()};
}

std::string fingerprint_weights(const std::string& path) {
  std::string all;
  std::error_code unseen;
  if (!path.empty() && !fs::exists(path, unseen)) return "gone " + path;  // a run that goes on does without
  for (const std::string& file : weights_files(path)) all += fingerprint_file(file);
  return all;
}

}  // namespace longtail
