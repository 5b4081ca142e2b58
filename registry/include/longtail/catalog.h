#pragma once

#include <longtail/config/diagnostics.h>
#include <longtail/config/node.h>
#include <longtail/export.h>
#include <longtail/params.h>
#include <longtail/plugin.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace longtail {

/// Every component that can be named in a configuration. Owned by the program and handed down; there is no global
/// one. Immutable while experiments run, so reading from several threads is safe.
class LONGTAIL_API Catalog {
 public:
  /// A plugin file that could not be used, and why: a warning, until a configuration needs a name that nobody offers.
  struct Failure {
    std::filesystem::path file;
    std::string reason;  // of several lines where it is a table
    /// "FILE: REASON", always one line.
    LONGTAIL_API std::string line() const;
  };

  /// Takes over all entries or none: the same kind and name twice is a PluginError that names both files.
  void commit(std::vector<ComponentEntry> entries);
  void add_failure(Failure failure) { failures_.push_back(std::move(failure)); }
  void add_searched(std::filesystem::path folder) { searched_.push_back(std::move(folder)); }

  const ComponentEntry* find(std::string_view kind, std::string_view name) const;
  std::vector<const ComponentEntry*> entries(std::string_view kind = {}) const;  // sorted by kind and name
  std::vector<std::string> names(std::string_view kind) const;
  const std::vector<Failure>& failures() const { return failures_; }
  const std::vector<std::filesystem::path>& searched() const { return searched_; }

  /// Validates a component written as `name` or `{type: name, ...}` and returns it with all defaults. Findings: an
  /// unknown type (what exists, where was looked, which plugins failed to load, did-you-mean; ExitCode::plugin),
  /// and all findings of its parameters (ExitCode::config).
  ComponentSpec resolve(std::string_view kind, const Node& node, Diagnostics& diagnostics) const;

  /// Makes a component from a resolved spec. Throws PluginError for an unknown type; what the constructor throws keeps
  /// its type and tells the component and its file.
  template <class Interface>
  std::shared_ptr<Interface> make(const ComponentSpec& spec, const typename Interface::Context& context) const {
    return std::static_pointer_cast<Interface>(make_erased(Interface::kind, spec, &context));
  }

 private:
  std::string unknown_type(std::string_view kind, std::string_view name) const;
  std::string where_it_looked() const;
  /// The finding of an unknown type; where plugins were looked for is told once in a report.
  void tell_unknown(std::string_view kind, const Node& type, Diagnostics& diagnostics) const;
  std::shared_ptr<void> make_erased(std::string_view kind, const ComponentSpec& spec, const void* context) const;

  std::map<std::pair<std::string, std::string>, ComponentEntry> entries_;
  std::vector<Failure> failures_;
  std::vector<std::filesystem::path> searched_;
};

}  // namespace longtail
