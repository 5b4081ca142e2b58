#include "registry/plugin/describe.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <longtail/config/suggest.h>
#include <longtail/error.h>

#include <algorithm>
#include <filesystem>

#include "registry/plugin/bindings.h"
#include "registry/text/visible.h"

namespace longtail {

namespace {

/// A default as one would write it: a component without parameters is its name.
std::string default_text(const ParamInfo& param) {
  const Node& value = param.default_value;
  const bool component = param.constraint.kind == Constraint::Kind::component;
  if (component && value.is_map() && value.entries().size() == 1) return value.entries()[0].value.text();
  return to_flow_yaml(value);
}

/// One line of a parameter table, as it may be printed; nested structs are laid out as "section.field".
struct Row {
  std::string name, type, value, allowed, doc;
};

void add_rows(std::vector<Row>& rows, const std::vector<ParamInfo>& params, const std::string& prefix) {
  for (const ParamInfo& param : params) {
    const std::string name = prefix + param.name;
    const bool one_struct = !param.fields.empty() && param.default_value.is_map() && param.type == "section";
    const std::string value = param.required ? "required" : one_struct ? "" : default_text(param);
    rows.push_back(
        {visible(name), visible(param.type), visible(value), visible(to_string(param.constraint)), visible(param.doc)});
    const bool many = !param.fields.empty() && !one_struct;
    add_rows(rows, param.fields, name + (many ? "[]." : "."));
  }
}

std::vector<Row> rows_of(const ComponentEntry& entry) {
  std::vector<Row> rows;
  add_rows(rows, entry.describe(), "");
  return rows;
}

/// `{type: focal, gamma: 2}`, to be copied into a configuration.
std::string example(const ComponentEntry& entry) {
  Node node = Node::map();
  node.set("type", Node::of(std::string_view(entry.name)));
  for (const ParamInfo& param : entry.describe()) {
    if (!param.required && !param.default_value.is_null()) node.set(param.name, param.default_value);
    if (param.required) node.set(param.name, Node::scalar("...", true));
  }
  const bool plain = node.entries().size() == 1;
  return fmt::format("{}: {}", visible(entry.kind), plain ? entry.name : to_flow_yaml(node));
}

std::string file_name(const ComponentEntry& entry) {
  return entry.file.empty() ? "built in" : visible(std::filesystem::path(entry.file).filename().native());
}

/// What and by whom, in a sentence.
std::string first_line(const std::string& doc) { return visible(doc.substr(0, doc.find('\n'))); }

/// What else the plugin tells of itself; each line ends with `end`.
std::string further_lines(const std::string& doc, const char* end) {
  std::string text;
  for (std::size_t at = doc.find('\n'); at != std::string::npos;) {
    const std::size_t next = doc.find('\n', at + 1);
    text += visible(doc.substr(at + 1, next == std::string::npos ? next : next - at - 1)) + end;
    at = next;
  }
  return text;
}

/// Markdown's column separator cannot stand in a cell as it is, nor can a line break.
std::string cell(const std::string& text) {
  std::string escaped;
  for (const char c : visible(text)) escaped += c == '|' ? std::string("\\|") : std::string(1, c);
  return escaped;
}

std::string code(const std::string& text) {
  if (text.find('`') != std::string::npos) return "`` " + cell(text) + " ``";
  return text.empty() ? "" : "`" + cell(text) + "`";
}

std::string component_text(const ComponentEntry& entry) {
  std::string text = fmt::format("{} '{}': {}\n", visible(entry.kind), entry.name, first_line(entry.doc));
  text += fmt::format("from {}\n", entry.file.empty() ? "longtail itself" : visible(entry.file));
  text += further_lines(entry.doc, "\n");
  const std::vector<Row> rows = rows_of(entry);
  std::size_t widest = 0;
  for (const Row& row : rows) widest = std::max(widest, row.name.size());
  text += rows.empty() ? "\nIt has no parameters.\n" : "\n";
  for (const Row& row : rows) {
    std::string facts = row.type;
    if (!row.value.empty()) facts += row.value == "required" ? ", required" : ", default " + row.value;
    if (!row.allowed.empty() && row.allowed != "a " + row.type) facts += "; " + row.allowed;
    text += fmt::format("  {:<{}}  {}\n  {:<{}}  {}\n", row.name, widest, row.doc, "", widest, "(" + facts + ")");
  }
  return text + fmt::format("\nIn YAML, with its defaults:\n  {}\n", example(entry));
}

std::string component_markdown(const ComponentEntry& entry) {
  const std::string what = first_line(entry.doc);
  std::string text = fmt::format("### {}\n\n{} From `{}`.\n\n", entry.name,
                                 what.empty() || what.back() == '.' ? what : what + ".", file_name(entry));
  text += further_lines(entry.doc, "\n\n");
  const std::vector<Row> rows = rows_of(entry);
  if (!rows.empty()) {
    text += "| parameter | type | default | allowed | meaning |\n|---|---|---|---|---|\n";
    for (const Row& row : rows) {
      text += fmt::format("| {} | {} | {} | {} | {} |\n", code(row.name), cell(row.type),
                          row.value == "required" ? row.value : code(row.value), cell(row.allowed), cell(row.doc));
    }
    text += "\n";
  }
  return text + fmt::format("```yaml\n{}\n```\n", example(entry));
}

Node params_node(const std::vector<ParamInfo>& params) {
  std::vector<Node> items;
  for (const ParamInfo& param : params) {
    Node item = Node::map();
    item.set("name", Node::of(std::string_view(param.name)));
    item.set("type", Node::of(std::string_view(param.type)));
    item.set("required", Node::of(param.required));
    if (!param.required) item.set("default", param.default_value);
    item.set("allowed", Node::of(std::string_view(to_string(param.constraint))));
    item.set("doc", Node::of(std::string_view(param.doc)));
    if (!param.fields.empty()) item.set("fields", params_node(param.fields));
    items.push_back(std::move(item));
  }
  return Node::list(std::move(items));
}

Node head_node(const ComponentEntry& entry) {
  Node node = Node::map();
  node.set("kind", Node::of(std::string_view(entry.kind)));
  node.set("name", Node::of(std::string_view(entry.name)));
  node.set("doc", Node::of(std::string_view(entry.doc)));
  node.set("file", Node::of(std::string_view(entry.file)));
  return node;
}

Node component_node(const ComponentEntry& entry) {
  Node node = head_node(entry);
  node.set("parameters", params_node(entry.describe()));
  return node;
}

std::string list_text(const Catalog& catalog) {
  std::size_t name_width = 0, doc_width = 0;
  for (const ComponentEntry* entry : catalog.entries()) {
    name_width = std::max(name_width, entry->name.size());
    doc_width = std::max(doc_width, first_line(entry->doc).size());
  }
  std::string text, kind;
  for (const ComponentEntry* entry : catalog.entries()) {
    if (entry->kind != kind) text += fmt::format("{}{}\n", kind.empty() ? "" : "\n", visible(entry->kind));
    kind = entry->kind;
    text += fmt::format("  {:<{}}  {:<{}}  {}\n", entry->name, name_width, first_line(entry->doc), doc_width,
                        entry->file.empty() ? "built in" : visible(entry->file));
  }
  if (text.empty()) {
    text = "No plugins. Searched:\n";
    for (const auto& folder : catalog.searched()) text += fmt::format("  {}\n", visible(folder.native()));
  }
  if (!catalog.failures().empty()) text += "\nnot loaded\n";
  for (const Catalog::Failure& failure : catalog.failures()) {
    text += fmt::format("  {}: {}\n", visible(failure.file.native()), failure.reason);
  }
  return text;
}

std::string list_markdown(const Catalog& catalog) {
  std::string text = "| kind | name | what | file |\n|---|---|---|---|\n";
  for (const ComponentEntry* entry : catalog.entries()) {
    text += fmt::format("| {} | {} | {} | {} |\n", cell(entry->kind), code(entry->name), cell(first_line(entry->doc)),
                        code(file_name(*entry)));
  }
  return text;
}

std::string list_json(const Catalog& catalog) {
  std::vector<Node> plugins, failures, searched;
  for (const ComponentEntry* entry : catalog.entries()) plugins.push_back(head_node(*entry));
  for (const Catalog::Failure& failure : catalog.failures()) {
    Node item = Node::map();
    item.set("file", Node::of(std::string_view(failure.file.native())));
    item.set("reason", Node::of(std::string_view(failure.reason)));
    failures.push_back(std::move(item));
  }
  for (const auto& folder : catalog.searched()) searched.push_back(Node::of(std::string_view(folder.native())));
  Node node = Node::map();
  node.set("plugins", Node::list(std::move(plugins)));
  node.set("not_loaded", Node::list(std::move(failures)));
  node.set("searched", Node::list(std::move(searched)));
  return to_json(node) + "\n";
}

std::string reference_markdown(const Catalog& catalog) {
  std::string text =
      "# Plugins\n\nEvery part that a configuration can name, with its parameters. Written by the plugins themselves: "
      "`longtail plugins describe --format md`. Buffers are the state that a loss keeps: checkpoints carry them, each "
      "below `loss.`; C is the number of classes.\n";
  std::string kind;
  for (const ComponentEntry* entry : catalog.entries()) {
    if (entry->kind != kind) text += fmt::format("\n## {}\n", visible(entry->kind));
    kind = entry->kind;
    text += "\n" + component_markdown(*entry);
  }
  return text;
}

}  // namespace

std::string list_components(const Catalog& catalog, DocFormat format) {
  if (format == DocFormat::json) return list_json(catalog);
  return format == DocFormat::markdown ? list_markdown(catalog) : list_text(catalog);
}

std::string describe_component(const ComponentEntry& entry, DocFormat format) {
  if (format == DocFormat::json) return to_json(component_node(entry)) + "\n";
  return format == DocFormat::markdown ? component_markdown(entry) : component_text(entry);
}

std::string describe_components(const Catalog& catalog, DocFormat format) {
  if (format == DocFormat::markdown) return reference_markdown(catalog);
  std::vector<Node> nodes;
  std::string text;
  for (const ComponentEntry* entry : catalog.entries()) {
    if (format == DocFormat::json) nodes.push_back(component_node(*entry));
    if (format == DocFormat::text) text += (text.empty() ? "" : "\n") + component_text(*entry);
  }
  return format == DocFormat::json ? to_json(Node::list(std::move(nodes))) + "\n" : text;
}

const ComponentEntry& find_component(const Catalog& catalog, std::string_view name) {
  std::vector<const ComponentEntry*> found;
  std::vector<std::string> whole_names, short_names;
  for (const ComponentEntry* entry : catalog.entries()) {
    whole_names.push_back(entry->kind + "/" + entry->name);
    short_names.push_back(entry->name);
    if (name == whole_names.back() || name == entry->name) found.push_back(entry);
  }
  if (found.size() == 1) return *found.front();
  if (found.empty()) {
    const bool whole = name.find('/') != std::string_view::npos;
    throw PluginError(fmt::format("there is no plugin '{}'{}; `longtail plugins list` shows them all", name,
                                  did_you_mean(name, whole ? whole_names : short_names)));
  }
  std::vector<std::string> candidates;
  for (const ComponentEntry* entry : found) candidates.push_back(entry->kind + "/" + entry->name);
  throw PluginError(
      fmt::format("'{}' names {} plugins; say which: {}", name, found.size(), fmt::join(candidates, ", ")));
}

Diagnostics check_defaults(const ComponentEntry& entry, const Catalog& catalog) {
  // The line of each value's mark is its parameter's number, which tells whom a finding belongs to.
  const std::vector<ParamInfo> params = entry.describe();
  const auto file = std::make_shared<const std::string>(fmt::format("defaults of {} '{}'", entry.kind, entry.name));
  Node node = Node::map(Mark{file, 0, 0});
  for (std::size_t i = 0; i < params.size(); ++i) {
    if (params[i].default_value.is_null()) continue;  // an optional without a value
    Node value = params[i].default_value;
    value.set_mark({file, static_cast<int>(i) + 1, 1});
    node.set(params[i].name, std::move(value));
  }
  Diagnostics all, kept;
  entry.resolve(node, catalog, all);
  for (const Diagnostics::Finding& finding : all.findings()) {
    const std::size_t line = static_cast<std::size_t>(std::max(finding.mark.line, 0));
    const bool of_required = line >= 1 && line <= params.size() && params[line - 1].required;
    if (!of_required) kept.error(Mark{file, 0, 0}, finding.message, finding.code);
  }
  check_bindings(entry, catalog, Mark{file, 0, 0}, kept);
  return kept;
}

}  // namespace longtail
