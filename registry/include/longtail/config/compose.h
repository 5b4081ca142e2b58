#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <longtail/config/diagnostics.h>
#include <longtail/config/node.h>
#include <longtail/export.h>

namespace longtail {

struct ComposeOptions {
  /// Folders that names in `extends` are looked up in, first wins. The file's own folder is used for "./name".
  std::vector<std::filesystem::path> roots;
  /// "key.sub=value" of `--set`, the value parsed as YAML; applied last, in order.
  std::vector<std::string> overrides;
  /// False keeps `${...}` as written: for matrix files, whose rows are resolved one by one.
  bool resolve_references = true;
};

/// Parses one file without composing it. Duplicate keys, anchors' merge keys and syntax errors become findings.
LONGTAIL_API Node parse_yaml(std::string_view text, const std::string& file, Diagnostics& diagnostics);
LONGTAIL_API Node parse_yaml_file(const std::filesystem::path& file, Diagnostics& diagnostics);

/// Reads `config` (a path, with or without .yaml, or a name below a root), its `extends` and the overrides, by the
/// six rules of composition:
///  1. maps merge; scalars and lists replace;
///  2. later wins; `extends` from left to right, the file itself last;
///  3. a component with another `type` replaces the whole component (a scalar component `x` is `{type: x}`);
///  4. `${a.b}` is the value at that path after the merge, typed; `${env:NAME,default}` reads the environment;
///  5. overrides `key.sub=value` come last;
///  6. unknown and duplicate keys are errors (unknown ones are found by the schemas, not here).
/// Null where a file is missing or has a syntax error: checking what is left would only cause false findings. Any other
/// finding leaves a tree that a schema can go on with, so that all mistakes are told together.
LONGTAIL_API Node compose(const std::string& config, const ComposeOptions& options, Diagnostics& diagnostics);

/// Merges `over` onto `base` by rules 1-3. Origins are carried along.
LONGTAIL_API void merge(Node& base, const Node& over);
/// Rule 5 for one assignment.
LONGTAIL_API void apply_override(Node& root, const std::string& assignment, Diagnostics& diagnostics);
/// Rule 4 over the whole tree; cycles and unknown paths are findings, and leave the value as it is written.
LONGTAIL_API void resolve_references(Node& root, Diagnostics& diagnostics);
/// Whether `node` is a reference that could not be resolved, which has been told. Whoever reads values passes over it,
/// so that one mistake is one finding.
LONGTAIL_API bool is_unresolved(const Node& node, const Diagnostics& diagnostics);

/// A place that set a value.
struct Explanation {
  std::string key;    // "loss.alpha"
  std::string place;  // "file:line:col"
  std::string value;  // in YAML's flow style; long ones are cut
  bool wins = false;  // false for what another place has replaced
};
/// Every place that set the value at `path`, oldest first, the winner last; those of a map key by key. Empty where the
/// path is not set.
LONGTAIL_API std::vector<Explanation> explanations(const Node& root, const std::string& path);
/// The same as text for `config show --explain key`, or what the path may have been meant to be.
LONGTAIL_API std::string explain(const Node& root, const std::string& path);

/// A path whose value differs; null where a side has none. Components of another type differ as a whole.
struct Difference {
  std::string path;
  const Node* left;
  const Node* right;
};
/// Points into `left` and `right`.
LONGTAIL_API std::vector<Difference> differences(const Node& left, const Node& right);
/// The same as text for `config diff`: "- a.b: 1", "+ a.b: 2", each value whole and with its place.
LONGTAIL_API std::string diff(const Node& left, const Node& right);

}  // namespace longtail
