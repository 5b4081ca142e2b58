#include "core/ablation/dry_run.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/ablation/runner.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

std::string text_at(const Node& config, const char* path) {
  const Node* node = config.find_path(path);
  return node != nullptr && node->is_scalar() ? node->text() : "";
}

}  // namespace

std::vector<std::string> missing_files(const Node& config) {
  std::vector<std::string> missing;
  const std::string root = text_at(config, "data.root");
  if (!root.empty() && !fs::is_directory(root)) {
    missing.push_back(fmt::format("data.root: no folder '{}'; --set data.root=FOLDER says where the data is", root));
  }
  for (const char* key : {"data.train", "data.val", "data.class_names", "model.init"}) {
    const std::string file = text_at(config, key);
    if (file.empty() || fs::exists(file) || fs::exists(fs::path(root) / file)) continue;
    missing.push_back(fmt::format("{}: no file '{}'; --set {}=FILE says where it is", key, file, key));
  }
  return missing;
}

ordered_json dry_run_json(const std::vector<Matrix>& matrices) {
  ordered_json rows = ordered_json::array();
  for (const Matrix& matrix : matrices) {
    for (const MatrixRow& row : matrix.rows) {
      ordered_json paper = ordered_json::object();
      for (const std::string& column : matrix.columns) {
        if (const auto number = row.paper.find(column); number != row.paper.end()) paper[column] = number->second.percent;
      }
      ordered_json entry;
      entry["table"] = matrix.name;
      entry["label"] = row.label;
      entry["config"] = ordered_json::parse(to_json(row.config, -1));
      entry["paper"] = std::move(paper);
      entry["source"] = row.source;
      entry["seeds"] = matrix.seeds;
      entry["missing"] = missing_files(row.config);
      rows.push_back(std::move(entry));
    }
  }
  return rows;
}

std::string dry_run_text(const std::vector<Matrix>& matrices, const fs::path& work_dir) {
  std::string text;
  std::vector<std::string> missing;
  for (const Matrix& matrix : matrices) {
    text += matrix.name + (matrix.title.empty() ? "" : ": " + matrix.title) + '\n';
    for (const MatrixRow& row : matrix.rows) {
      std::string states;
      for (const std::int64_t seed : matrix.seeds) {
        const RunView run = inspect_run(table_folder(work_dir, matrix), row.slug, seed, run_config(row, seed));
        states += fmt::format("{}seed {} {}", states.empty() ? "" : ", ", seed, to_string(run.status));
      }
      text += fmt::format("  {}: {}\n", row.label, states);
      for (std::string& line : missing_files(row.config)) {
        if (std::find(missing.begin(), missing.end(), line) == missing.end()) missing.push_back(std::move(line));
      }
    }
  }
  text += missing.empty() ? "nothing is missing\n" : "missing:\n";
  for (const std::string& line : missing) text += "  " + line + '\n';
  return text;
}

}  // namespace longtail
