#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/ablation/matrix_spec.h"

namespace longtail {

/// Files that a row's config names and that are not there, one line each with what to do: "data.train: no file 'x' ...".
/// Looks at data.root, data.train, data.val, data.class_names and model.init.
std::vector<std::string> missing_files(const Node& config);

/// `--dry-run --json`: [{table, label, config (fully resolved), paper (percent, as written), source, seeds, missing}].
nlohmann::ordered_json dry_run_json(const std::vector<Matrix>& matrices);

/// `--dry-run` for people: every row with its seeds, its state in `work_dir` and what is missing.
std::string dry_run_text(const std::vector<Matrix>& matrices, const std::filesystem::path& work_dir);

}  // namespace longtail
