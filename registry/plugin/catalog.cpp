#include <fmt/format.h>
#include <fmt/ranges.h>
#include <longtail/catalog.h>
#include <longtail/config/compose.h>
#include <longtail/config/suggest.h>
#include <longtail/error.h>

#include <algorithm>
#include <optional>

#include "registry/config/limits.h"
#include "registry/config/marks.h"
#include "registry/plugin/origin.h"
#include "registry/plugin/plugin_call.h"
#include "registry/text/visible.h"

namespace longtail {

namespace detail {

std::string owner_name(std::string_view kind, std::string_view name) { return fmt::format("{} '{}'", kind, name); }

}  // namespace detail

namespace {

std::string where(const std::string& file) { return file.empty() ? "built into longtail" : file; }

bool valid_name(const std::string& name) {
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && std::all_of(name.begin(), name.end(), good);
}

PluginError taken_twice(const ComponentEntry& first, const ComponentEntry& second) {
  if (first.file == second.file) {
    return PluginError(
        fmt::format("{} is registered twice by {}", detail::owner_name(first.kind, first.name), where(first.file)));
  }
  return PluginError(fmt::format("{} is offered by two plugins: {} and {}; remove one of them from the plugin folders",
                                 detail::owner_name(first.kind, first.name), where(first.file), where(second.file)));
}

}  // namespace

void Registrar::add(ComponentEntry entry) {
  if (!valid_name(entry.name)) {
    throw PluginError(fmt::format("'{}' is no name for a {}: use a-z, 0-9 and _", entry.name, entry.kind));
  }
  for (const ComponentEntry& other : entries_) {
    if (other.kind == entry.kind && other.name == entry.name) {
      throw PluginError(fmt::format("{} is registered twice", detail::owner_name(entry.kind, entry.name)));
    }
  }
  entries_.push_back(std::move(entry));
}

void Catalog::commit(std::vector<ComponentEntry> entries) {
  std::map<std::pair<std::string, std::string>, ComponentEntry> staged;
  for (ComponentEntry& entry : entries) {
    const auto key = std::make_pair(entry.kind, entry.name);
    if (const auto known = entries_.find(key); known != entries_.end()) throw taken_twice(known->second, entry);
    if (const auto known = staged.find(key); known != staged.end()) throw taken_twice(known->second, entry);
    staged.emplace(key, std::move(entry));
  }
  entries_.merge(staged);
}

const ComponentEntry* Catalog::find(std::string_view kind, std::string_view name) const {
  const auto found = entries_.find({std::string(kind), std::string(name)});
  return found == entries_.end() ? nullptr : &found->second;
}

std::vector<const ComponentEntry*> Catalog::entries(std::string_view kind) const {
  std::vector<const ComponentEntry*> found;
  for (const auto& [key, entry] : entries_) {
    if (kind.empty() || key.first == kind) found.push_back(&entry);
  }
  return found;
}

std::vector<std::string> Catalog::names(std::string_view kind) const {
  std::vector<std::string> found;
  for (const ComponentEntry* entry : entries(kind)) found.push_back(entry->name);
  return found;
}

std::string Catalog::Failure::line() const {
  const std::size_t end = reason.find('\n');
  const std::string name = visible(file.native());
  if (end == std::string::npos) return fmt::format("{}: {}", name, reason);
  std::string first = reason.substr(0, end);
  if (!first.empty() && first.back() == ':') first.pop_back();
  return fmt::format("{}: {}; `longtail plugins check FILE` says more", name, first);
}

std::string Catalog::unknown_type(std::string_view kind, std::string_view name) const {
  const std::vector<std::string> known = names(kind);
  const std::string owner = detail::owner_name(kind, name);
  if (known.empty()) return fmt::format("unknown {}; there is no {} at all", owner, kind);
  return fmt::format("unknown {}{}; there are: {}", owner, did_you_mean(name, known), fmt::join(known, ", "));
}

std::string Catalog::where_it_looked() const {
  if (searched_.empty()) return "; no plugin folder was searched: give one with --plugin-dir";
  std::vector<std::string> folders;
  for (const auto& folder : searched_) folders.push_back(folder.string());
  std::string text = fmt::format(
      "; plugins were looked for in {} (--plugin-dir, plugin_path and LONGTAIL_PLUGIN_PATH name "
      "others)",
      fmt::join(folders, ", "));
  for (const Failure& failure : failures_) text += "; could not load " + failure.line();
  return text;
}

void Catalog::tell_unknown(std::string_view kind, const Node& type, Diagnostics& diagnostics) const {
  if (is_full(diagnostics)) return;
  const std::string text = unknown_type(kind, type.text()), looked = where_it_looked();
  const std::string place = to_string(type.mark());
  bool told = false;
  for (const Diagnostics::Finding& finding : diagnostics.findings()) {
    const std::string& message = finding.message;
    if (message.compare(0, text.size(), text) == 0 && to_string(finding.mark) == place) return;  // of another phase
    told |=
        message.size() > looked.size() && message.compare(message.size() - looked.size(), looked.size(), looked) == 0;
  }
  diagnostics.error(type.mark(), told ? text : text + looked, ExitCode::plugin);
}

ComponentSpec Catalog::resolve(std::string_view kind, const Node& node, Diagnostics& diagnostics) const {
  ComponentSpec spec;
  const Node* type = node.is_map() ? node.find("type") : node.is_scalar() ? &node : nullptr;
  if (type == nullptr || !type->is_scalar() || type->text().empty()) {
    diagnostics.error(type == nullptr ? node.mark() : type->mark(),
                      fmt::format("a {} needs a 'type', one of: {}", kind, fmt::join(names(kind), ", ")));
    return spec;
  }
  spec.type = type->text();
  if (is_unresolved(*type, diagnostics)) return spec;
  const ComponentEntry* entry = find(kind, spec.type);
  if (entry == nullptr) {
    tell_unknown(kind, *type, diagnostics);
    return spec;
  }
  Node params = node.is_map() ? node : Node::map(node.mark());
  params.erase("type");
  spec.params = with_marks_of(entry->resolve(params, *this, diagnostics), params);
  return spec;
}

std::shared_ptr<void> Catalog::make_erased(std::string_view kind, const ComponentSpec& spec,
                                           const void* context) const {
  const ComponentEntry* entry = find(kind, spec.type);
  if (entry == nullptr) throw PluginError(unknown_type(kind, spec.type) + where_it_looked());
  const Making making(origin_of(*entry));
  std::optional<PluginCall> call;
  if (!entry->file.empty()) call.emplace(entry->file, fmt::format("made its {}", detail::owner_name(kind, spec.type)));
  try {
    return entry->make(spec.params, context);
  } catch (...) {
    rethrow_said_by(making.origin());
  }
}

}  // namespace longtail
