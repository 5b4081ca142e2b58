#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/ablation/matrix_spec.h"

namespace longtail {

/// Files that a row needs and that are not there, a sentence each; the task knows them.
using MissingInputs = std::function<std::vector<std::string>(const Node& config)>;

/// `--dry-run --json`: [{table, label, config (fully resolved), paper (percent, as written), source, seeds, missing}].
nlohmann::ordered_json dry_run_json(const std::vector<Matrix>& matrices, const MissingInputs& missing);

/// `--dry-run` for people: every row with its seeds, its state in `work_dir` and what is missing.
std::string dry_run_text(const std::vector<Matrix>& matrices, const MissingInputs& missing,
                         const std::filesystem::path& work_dir);

}  // namespace longtail
