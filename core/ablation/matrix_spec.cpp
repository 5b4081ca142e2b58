#include "core/ablation/matrix_spec.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <longtail/config/suggest.h>
#include <longtail/params.h>

#include "core/ablation/matrix_axes.h"
#include "core/ablation/matrix_paper.h"
#include "core/engine/experiment_config.h"
#include "core/engine/run_folder.h"
#include "core/engine/task.h"
#include "registry/config/limits.h"
#include "registry/text/affixes.h"
#include "registry/text/counted.h"

namespace longtail {
namespace {

constexpr std::array<std::string_view, 8> kMatrixKeys = {"name",    "title", "axes",    "include",
                                                         "exclude", "seeds", "columns", "paper"};

constexpr std::array<std::string_view, 5> kAccuracies = {"many", "medium", "few", "overall", "class_mean"};
constexpr std::array<std::string_view, 10> kPrecisions = {"AP",  "AP50", "AP75", "APs", "APm",
                                                          "APl", "APr",  "APc",  "APf", "APb"};

bool is_matrix_key(std::string_view key) {
  return std::find(kMatrixKeys.begin(), kMatrixKeys.end(), key) != kMatrixKeys.end();
}

/// What the matrix says of itself; the rest of the file is the experiment that its rows share.
struct Header {
  std::string name;
  std::string title;
  std::vector<std::int64_t> seeds = {0};
  std::vector<std::string> columns;

  void bind(ParamBinder& p) {
    p("name", name, "Name of the table and of its folder; the file's stem when empty");
    p("title", title, "What the table shows");
    p("seeds", seeds, "Every row is trained once with each", at_least(0));
    p("columns", columns, "Metrics of the table; the task's usual ones when empty");
  }
};

/// The experiment's schema knows nothing of `columns`, so it could not tell what `colums` is for.
bool is_mistyped_matrix_key(const Node::Entry& entry, const Node& experiment_keys, Diagnostics& diagnostics) {
  if (is_matrix_key(entry.key) || experiment_keys.find(entry.key) != nullptr) return false;
  const std::string hint = did_you_mean(entry.key, {kMatrixKeys.begin(), kMatrixKeys.end()});
  if (!hint.empty()) diagnostics.error(entry.key_mark, "unknown key '" + entry.key + "' of the matrix" + hint);
  return !hint.empty();
}

/// Splits the composed file into the matrix' own keys and the experiment's.
std::pair<Node, Node> split(const Node& root, Diagnostics& diagnostics) {
  Node own = Node::map(root.mark());
  Node experiment = Node::map(root.mark());
  const Node experiment_keys = dump_params(ExperimentConfig());
  for (const Node::Entry& entry : root.entries()) {
    if (is_mistyped_matrix_key(entry, experiment_keys, diagnostics)) continue;
    (is_matrix_key(entry.key) ? own : experiment).set(entry.key, entry.value, entry.key_mark);
  }
  return {std::move(own), std::move(experiment)};
}

Mark mark_of(const Node& own, const char* key) {
  const Node* node = own.find(key);
  return node != nullptr ? node->mark() : own.mark();
}

/// What the task is; its schema's default where the file does not say, "" where it says no task's name.
std::string task_of(const Node& experiment) {
  const Node* task = experiment.find("task");
  if (task == nullptr) return ExperimentConfig().task;
  return task->is_scalar() && is_task(task->text()) ? task->text() : "";
}

/// The task's usual columns where none are given; else each must be a metric, and one of the task's.
void complete_columns(std::vector<std::string>& columns, const Node& own, const std::string& task,
                      Diagnostics& diagnostics) {
  if (columns.empty() && !task.empty()) columns = task_columns(task);
  std::vector<std::string> known(kAccuracies.begin(), kAccuracies.end());
  known.insert(known.end(), kPrecisions.begin(), kPrecisions.end());
  for (const std::string& column : columns) {
    const std::string pointer = column_pointer(column);
    const auto in_group = [&](const std::string& group) { return starts_with(pointer, "/metrics/" + group + '/'); };
    if (pointer.empty()) {
      diagnostics.error(mark_of(own, "columns"),
                        fmt::format("unknown column '{}'{}; a path such as bbox.AP50 names any other metric", column,
                                    did_you_mean(column, known)));
    } else if (!task.empty()) {
      const std::vector<std::string>& groups = task_metric_groups(task);
      if (std::any_of(groups.begin(), groups.end(), in_group)) continue;
      diagnostics.error(mark_of(own, "columns"),
                        fmt::format("column '{}' is not a metric of the task {}, whose usual ones are {}", column, task,
                                    fmt::join(task_columns(task), ", ")));
    }
  }
}

/// Where the seeds were given.
Mark mark_of_seeds(const Node& own, const MatrixOptions& options) {
  return options.seeds.empty() ? mark_of(own, "seeds") : Mark{std::make_shared<const std::string>("--seeds"), 0, 0};
}

Header read_header(const Node& own, const Node& experiment, const MatrixOptions& options, Diagnostics& diagnostics) {
  Node simple = Node::map(own.mark());
  for (const char* key : {"name", "title", "seeds", "columns"}) {
    if (const Node* value = own.find(key)) simple.set(key, *value, value->mark());
  }
  Header header;
  read_params(simple, header, "the matrix", nullptr, diagnostics);
  if (!options.seeds.empty()) header.seeds = options.seeds;
  if (header.seeds.empty()) diagnostics.error(mark_of(own, "seeds"), "seeds must hold at least one number");
  if (std::set<std::int64_t>(header.seeds.begin(), header.seeds.end()).size() != header.seeds.size()) {
    diagnostics.error(mark_of_seeds(own, options), "seeds has a number twice");
  }
  complete_columns(header.columns, own, task_of(experiment), diagnostics);
  return header;
}

/// A name that is also a folder's.
std::string table_name(const Header& header, const std::string& config) {
  return slug(header.name.empty() ? std::filesystem::path(config).stem().string() : header.name);
}

/// Whether what a cell has set is still there, in whole or, of a map, what the map names.
bool is_kept(const Node& cell, const Node* now) {
  if (now == nullptr) return false;
  if (!cell.is_map()) {
    const Node* type = cell.is_scalar() && now->is_map() ? now->find("type") : nullptr;
    return cell.same_value(type != nullptr ? *type : *now);
  }
  for (const Node::Entry& entry : cell.entries()) {
    if (!is_kept(entry.value, now->is_map() ? now->find(entry.key) : nullptr)) return false;
  }
  return true;
}

/// An override that wins over an axis would make all its rows alike, under labels that say otherwise. Named cells may
/// be set over: their labels promise less.
void check_overridden(const Combination& combination, const Node& config, Diagnostics& diagnostics) {
  for (const AxisCell& cell : combination.cells) {
    if (cell.named || is_kept(cell.value, config.find_path(cell.axis))) continue;
    diagnostics.error(combination.mark, "--set takes away what the axis '" + cell.axis + "' gives the row '" +
                                            combination.label +
                                            "'; pick rows with --only, or give the axis other values");
  }
}

/// Seeds are the table's: a row that set one would be trained with another, under a label that says otherwise. False
/// where one does.
bool check_seed(const Combination& combination, const Node& before, const Node& config, Diagnostics& diagnostics) {
  const Node* seed = config.find("seed");
  const Node* base = before.find("seed");
  if (seed == nullptr || (base != nullptr && seed->same_value(*base))) return true;
  const Mark& mark = seed->mark().file != nullptr ? seed->mark() : combination.mark;
  diagnostics.error(mark, "a row cannot set 'seed': write `seeds: [...]` beside the axes, or give --seeds");
  return false;
}

using ComposedRows = std::vector<std::pair<Combination, Node>>;

/// Every row's config with its `set`, the overrides and the references applied. Nothing after a finding: they take more
/// than there should be.
std::optional<ComposedRows> compose_rows(const Node& own, const Node& experiment,
                                         const std::vector<std::string>& overrides, Diagnostics& diagnostics) {
  ComposedRows rows;
  Extent all;
  std::vector<Combination> combinations = expand_axes(own.find("axes"), own.find("include"), diagnostics);
  if (combinations.empty() && own.find("axes") == nullptr && own.find("include") == nullptr) {
    combinations.push_back({"base", {}, own.mark()});
  }
  bool seed_is_ours = true;
  for (Combination& combination : combinations) {
    Node config = experiment;
    apply(combination, config);
    for (const std::string& assignment : overrides) apply_override(config, assignment, diagnostics);
    if (!overrides.empty()) check_overridden(combination, config, diagnostics);
    seed_is_ours = seed_is_ours && check_seed(combination, experiment, config, diagnostics);  // told once
    resolve_references(config, diagnostics);
    const Extent extent = extent_of(config);
    all.values += extent.values;
    all.text += extent.text;
    if (is_too_much_for_rows(all)) {
      diagnostics.error(combination.mark, fmt::format("the rows up to '{}' hold more than {} values or {} MB of text "
                                                      "together: split the matrix",
                                                      combination.label, max_row_values, max_row_text >> 20));
      return std::nullopt;
    }
    rows.emplace_back(std::move(combination), std::move(config));
  }
  remove_excluded(own.find("exclude"), rows, diagnostics);
  return rows;
}

/// Without `seeds` that of the experiment that all rows start from.
void take_seed(const ComposedRows& rows, std::vector<std::int64_t>& seeds) {
  std::int64_t seed = 0;
  const Node* node = rows.empty() ? nullptr : rows.front().second.find("seed");
  if (node != nullptr && node->as(seed)) seeds = {seed};
}

/// False after a finding where all rows with all seeds are more runs than anybody trains.
bool check_runs(std::size_t rows, std::size_t seeds, const Mark& mark, Diagnostics& diagnostics) {
  if (rows * seeds <= max_runs) return true;
  diagnostics.error(mark, fmt::format("{} times {} are more than {} runs: split the matrix", counted(rows, "row"),
                                      counted(seeds, "seed"), max_runs));
  return false;
}

std::vector<MatrixRow> name_rows(const ComposedRows& composed, Diagnostics& diagnostics) {
  std::vector<MatrixRow> rows;
  std::set<std::string> labels;
  std::set<std::string> slugs;
  std::map<std::string, int> copies;  // of labels that give the same slug
  for (const auto& [combination, config] : composed) {
    if (!labels.insert(combination.label).second) {
      diagnostics.error(combination.mark, "two rows are called '" + combination.label + "'");
    }
    const std::string base = slug(combination.label);
    std::string unique = base;
    int& copy = copies.emplace(base, 2).first->second;
    while (!slugs.insert(unique).second) unique = base + '-' + std::to_string(copy++);
    rows.push_back({combination.label, unique, config, {}, {}, {}});
  }
  return rows;
}

}  // namespace

Matrix read_matrix(const std::string& config, const MatrixOptions& options, Diagnostics& diagnostics) {
  // Overrides of the experiment wait until a row's own `set` is in place, so that they win over it.
  ComposeOptions first = options.compose;
  first.resolve_references = false;
  first.overrides.clear();
  std::vector<std::string> overrides;
  for (const std::string& assignment : options.compose.overrides) {
    const bool own = is_matrix_key(assignment.substr(0, assignment.find_first_of(".=")));
    (own ? first.overrides : overrides).push_back(assignment);
  }
  const Node root = compose(config, first, diagnostics);
  Matrix matrix;
  if (!root.is_map()) return matrix;
  const auto [own, experiment] = split(root, diagnostics);
  Header header = read_header(own, experiment, options, diagnostics);
  const auto rows = compose_rows(own, experiment, overrides, diagnostics);
  if (!rows || !check_runs(rows->size(), header.seeds.size(), mark_of_seeds(own, options), diagnostics)) return matrix;
  const ComposedRows& composed = *rows;
  if (options.seeds.empty() && own.find("seeds") == nullptr) take_seed(composed, header.seeds);
  matrix.name = table_name(header, config);
  matrix.title = std::move(header.title);
  matrix.seeds = std::move(header.seeds);
  matrix.columns = std::move(header.columns);
  matrix.rows = name_rows(composed, diagnostics);
  if (matrix.rows.empty() && diagnostics.ok()) diagnostics.error(root.mark(), "the matrix has no rows");
  assign_paper_numbers(own.find("paper"), composed, matrix.columns, matrix.rows, diagnostics);
  for (MatrixRow& row : matrix.rows) {
    row.config.set("name", Node::of(matrix.name + '_' + row.slug));
    if (options.validate) row.config = options.validate(row.config, diagnostics);
    row.provenance = provenance(row.config);
  }
  return matrix;
}

std::string column_pointer(std::string_view column) {
  const auto has = [&](const auto& names) { return std::find(names.begin(), names.end(), column) != names.end(); };
  if (has(kAccuracies)) return "/metrics/accuracy/" + std::string(column);
  if (column == "APb") return "/metrics/bbox/AP";
  if (has(kPrecisions)) return "/metrics/segm/" + std::string(column);
  const std::size_t dot = column.find('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == column.size()) return "";
  std::string pointer = "/metrics/" + std::string(column);
  std::replace(pointer.begin(), pointer.end(), '.', '/');
  return pointer;
}

}  // namespace longtail
