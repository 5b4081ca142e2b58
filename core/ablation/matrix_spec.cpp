#include "core/ablation/matrix_spec.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <utility>

#include <longtail/config/suggest.h>
#include <longtail/params.h>

#include "core/ablation/matrix_axes.h"
#include "core/ablation/matrix_paper.h"
#include "core/engine/run_folder.h"

namespace longtail {
namespace {

constexpr std::array<std::string_view, 8> kMatrixKeys = {"name",    "title", "axes",    "include",
                                                         "exclude", "seeds", "columns", "paper"};

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

/// Splits the composed file into the matrix' own keys and the experiment's.
std::pair<Node, Node> split(const Node& root) {
  Node own = Node::map(root.mark());
  Node experiment = Node::map(root.mark());
  for (const Node::Entry& entry : root.entries()) {
    (is_matrix_key(entry.key) ? own : experiment).set(entry.key, entry.value, entry.key_mark);
  }
  return {std::move(own), std::move(experiment)};
}

Mark mark_of(const Node& own, const char* key) {
  const Node* node = own.find(key);
  return node != nullptr ? node->mark() : own.mark();
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
    diagnostics.error(mark_of(own, "seeds"), "seeds has a number twice");
  }
  if (header.columns.empty()) {
    const Node* task = experiment.find("task");
    header.columns = task != nullptr && task->is_scalar() && task->text() == "instance_segmentation"
                         ? std::vector<std::string>{"AP", "APr", "APc", "APf", "APb"}
                         : std::vector<std::string>{"many", "medium", "few", "overall"};
  }
  for (const std::string& column : header.columns) {
    if (!column_pointer(column).empty()) continue;
    diagnostics.error(mark_of(own, "columns"),
                      "unknown column '" + column + "'" +
                          did_you_mean(column, {"many", "medium", "few", "overall", "class_mean", "AP", "AP50", "AP75",
                                                "APs", "APm", "APl", "APr", "APc", "APf", "APb"}) +
                          "; a path such as bbox.AP50 names any other metric");
  }
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

/// An override that wins over an axis would make all its rows alike, under labels that say otherwise. Named cells may be
/// set over: their labels promise less.
void check_overridden(const Combination& combination, const Node& config, Diagnostics& diagnostics) {
  for (const AxisCell& cell : combination.cells) {
    if (cell.named || is_kept(cell.value, config.find_path(cell.axis))) continue;
    diagnostics.error(combination.mark, "--set takes away what the axis '" + cell.axis + "' gives the row '" +
                                            combination.label + "'; pick rows with --only, or give the axis other values");
  }
}

/// Every row's config with its `set`, the overrides and the references applied.
std::vector<std::pair<Combination, Node>> compose_rows(const Node& own, const Node& experiment,
                                                       const std::vector<std::string>& overrides,
                                                       Diagnostics& diagnostics) {
  std::vector<std::pair<Combination, Node>> rows;
  std::vector<Combination> combinations = expand_axes(own.find("axes"), own.find("include"), diagnostics);
  if (combinations.empty() && own.find("axes") == nullptr && own.find("include") == nullptr) {
    combinations.push_back({"base", {}, own.mark()});
  }
  for (Combination& combination : combinations) {
    Node config = experiment;
    apply(combination, config);
    for (const std::string& assignment : overrides) apply_override(config, assignment, diagnostics);
    if (!overrides.empty()) check_overridden(combination, config, diagnostics);
    resolve_references(config, diagnostics);
    rows.emplace_back(std::move(combination), std::move(config));
  }
  remove_excluded(own.find("exclude"), rows, diagnostics);
  return rows;
}

std::vector<MatrixRow> name_rows(const std::vector<std::pair<Combination, Node>>& composed, Diagnostics& diagnostics) {
  std::vector<MatrixRow> rows;
  std::set<std::string> labels;
  std::set<std::string> slugs;
  for (const auto& [combination, config] : composed) {
    if (!labels.insert(combination.label).second) {
      diagnostics.error(combination.mark, "two rows are called '" + combination.label + "'");
    }
    const std::string base = slug(combination.label);
    std::string unique = base;
    for (int i = 2; !slugs.insert(unique).second; ++i) unique = base + '-' + std::to_string(i);
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
  const auto [own, experiment] = split(root);
  Header header = read_header(own, experiment, options, diagnostics);
  const auto composed = compose_rows(own, experiment, overrides, diagnostics);
  matrix.name = table_name(header, config);
  matrix.title = std::move(header.title);
  matrix.seeds = std::move(header.seeds);
  matrix.columns = std::move(header.columns);
  matrix.rows = name_rows(composed, diagnostics);
  if (matrix.rows.empty() && diagnostics.ok()) diagnostics.error(root.mark(), "the matrix has no rows");
  assign_paper_numbers(own.find("paper"), composed, matrix.columns, matrix.rows, diagnostics);
  for (MatrixRow& row : matrix.rows) {
    row.config.set("name", Node::of(matrix.name + '_' + row.slug));
    const Node composed_row = row.config;
    if (options.validate) row.config = options.validate(composed_row, diagnostics);
    row.provenance = provenance(row.config, composed_row);
  }
  return matrix;
}

std::string column_pointer(std::string_view column) {
  constexpr std::array<std::string_view, 5> accuracy = {"many", "medium", "few", "overall", "class_mean"};
  constexpr std::array<std::string_view, 9> precision = {"AP",  "AP50", "AP75", "APs", "APm",
                                                         "APl", "APr",  "APc",  "APf"};
  const auto has = [&](const auto& names) { return std::find(names.begin(), names.end(), column) != names.end(); };
  if (has(accuracy)) return "/metrics/accuracy/" + std::string(column);
  if (has(precision)) return "/metrics/segm/" + std::string(column);
  if (column == "APb") return "/metrics/bbox/AP";
  const std::size_t dot = column.find('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == column.size()) return "";
  std::string pointer = "/metrics/" + std::string(column);
  std::replace(pointer.begin(), pointer.end(), '.', '/');
  return pointer;
}

}  // namespace longtail
