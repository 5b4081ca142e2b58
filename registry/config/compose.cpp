#include <longtail/config/compose.h>

#include <algorithm>
#include <map>
#include <memory>
#include <system_error>
#include <utility>

#include "registry/config/config_files.h"
#include "registry/config/limits.h"
#include "registry/config/overrides.h"
#include "registry/config/parse.h"

namespace longtail {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t most_suggestions = 20;  // each looks through the folders of configurations

/// Reads each file once, however often it is extended.
class Composer {
 public:
  Composer(const ComposeOptions& options, Diagnostics& diagnostics) : options_(options), diagnostics_(diagnostics) {}

  /// False where a file could not be read: what is missing would only cause false findings.
  bool complete() const { return complete_; }

  Node read_main(const std::string& config) {
    fs::path file = find_config(config);
    for (const fs::path& root : options_.roots) {
      if (file.empty()) file = find_config(root / config);
    }
    if (!file.empty()) return load(file, {});
    complete_ = false;
    Mark mark{std::make_shared<const std::string>(config), 0, 0};
    std::string where = options_.roots.empty() ? "" : ", nor below " + list_roots();
    std::error_code error;
    bool folder = fs::is_directory(config, error);
    diagnostics_.error(mark, folder ? "this is a folder: name a file in it"
                                    : "no such file" + where + suggestion(config, options_.roots));
    return Node::map();
  }

 private:
  struct Link {
    std::string key;    // the file's canonical path
    std::string shown;  // as messages name it
  };

  std::string list_roots() const {
    std::string names;
    for (const fs::path& root : options_.roots) names += (names.empty() ? "" : ", ") + root.string();
    return names;
  }

  /// `mention` is the entry of `extends` that named the file.
  Node load(const fs::path& file, const Mark& mention) {
    std::error_code error;
    fs::path canonical = fs::weakly_canonical(file, error);
    std::string key = error ? file.string() : canonical.string();
    std::string shown = file.lexically_normal().string();
    auto in_chain = std::find_if(chain_.begin(), chain_.end(), [&](const Link& link) { return link.key == key; });
    if (in_chain != chain_.end() || chain_.size() >= max_chain) {
      std::string names;
      for (auto link = in_chain; link != chain_.end(); ++link) names += link->shown + " -> ";
      return fail(mention, in_chain == chain_.end()
                               ? "files extend each other more than " + std::to_string(max_chain) + " deep"
                               : "'extends' goes round in a circle: " + names + shown);
    }
    auto known = composed_.find(key);
    if (known != composed_.end()) return known->second;
    chain_.push_back({key, shown});
    Node node = read(file, shown);
    chain_.pop_back();
    composed_.emplace(key, node);
    return node;
  }

  Node fail(const Mark& mark, const std::string& message) {
    complete_ = false;
    diagnostics_.error(mark, message);
    return Node::map();
  }

  Node read(const fs::path& file, const std::string& shown) {
    Node own;
    if (!read_document(file, shown, diagnostics_, own)) {
      complete_ = false;
      return Node::map(own.mark());
    }
    if (own.is_null()) own = Node::map(own.mark());
    if (!own.is_map()) return fail(own.mark(), "a configuration is a map: write 'key: value' lines");

    Node result = Node::map(own.mark());
    if (const Node* extends = own.find("extends")) {
      for (const Node* name : names_of(*extends)) {
        if (!may_extend(*name)) break;
        const Node other = load_extended(*name, file);
        extended_values_ += extent_of(other).values;
        merge(result, other);
      }
    }
    own.erase("extends");
    merge(result, own);
    if (extent_of(result).widest > max_keys) {
      return fail(own.mark(), "with its 'extends' a map has more than " + std::to_string(max_keys) + " keys");
    }
    return result;
  }

  /// False, told once, when there is too much to put together: a file that extends two that extend two ... doubles.
  bool may_extend(const Node& name) {
    if (stopped_) return false;
    const bool many = ++extended_ > max_extends;
    if (!many && extended_values_ <= max_extended) return true;
    stopped_ = true;
    fail(name.mark(), many ? "more than " + std::to_string(max_extends) + " names in all 'extends' together"
                           : "'extends' brings more than " + std::to_string(max_extended) + " values together");
    return false;
  }

  std::string suggestion(const std::string& name, const std::vector<fs::path>& folders,
                         const std::string& prefix = "") {
    return ++suggestions_ > most_suggestions ? "" : suggest_config(name, folders, prefix);
  }

  std::vector<const Node*> names_of(const Node& extends) {
    std::vector<const Node*> names;
    if (extends.is_scalar()) names.push_back(&extends);
    for (const Node& item : extends.items()) names.push_back(&item);
    bool texts = std::all_of(names.begin(), names.end(),
                             [](const Node* name) { return name->is_scalar() && !name->text().empty(); });
    if (!extends.is_map() && texts) return names;
    fail(extends.mark(), "'extends' is a name or a list of names");
    return {};
  }

  Node load_extended(const Node& name, const fs::path& from) {
    const std::string& text = name.text();
    if (text.find("${") != std::string::npos) {
      return fail(name.mark(), "'extends' comes before references: write the name in full");
    }
    bool relative = text.compare(0, 2, "./") == 0 || text.compare(0, 3, "../") == 0;
    bool absolute = fs::path(text).is_absolute();
    if (relative || absolute) {
      fs::path file = find_config(from.parent_path() / text);  // an absolute path stays what it is
      if (!file.empty()) return load(file, name.mark());
      return fail(name.mark(), "extends '" + text + "': " + missing_beside(from, text));
    }
    for (const fs::path& root : options_.roots) {
      fs::path file = find_config(root / text);
      if (!file.empty()) return load(file, name.mark());
    }
    std::string hint = suggestion(text, options_.roots);
    if (!find_config(from.parent_path() / text).empty()) hint = " (did you mean './" + text + "'?)";
    std::string where = options_.roots.empty() ? "no folder of configurations is known, './name' is a file beside this"
                                               : "no such file below " + list_roots();
    return fail(name.mark(), "extends '" + text + "': " + where + hint);
  }

  std::string missing_beside(const fs::path& from, const std::string& text) {
    fs::path folder = (from.parent_path() / text).lexically_normal().parent_path();
    if (folder.empty()) folder = ".";
    std::error_code error;
    if (!fs::is_directory(folder, error)) return "no such folder " + folder.string();
    std::string prefix = text.substr(0, text.rfind('/') + 1);
    std::string hint = suggestion(text.substr(prefix.size()), {folder}, prefix);
    return "no such file in " + folder.string() + hint;
  }

  const ComposeOptions& options_;
  Diagnostics& diagnostics_;
  std::map<std::string, Node> composed_;
  std::vector<Link> chain_;
  bool complete_ = true;
  bool stopped_ = false;
  std::size_t extended_ = 0;
  std::size_t extended_values_ = 0;
  std::size_t suggestions_ = 0;
};

}  // namespace

Node compose(const std::string& config, const ComposeOptions& options, Diagnostics& diagnostics) {
  Composer composer(options, diagnostics);
  Node root = composer.read_main(config);
  for (const std::string& assignment : options.overrides) {
    Override change;
    bool parsed = parse_override(assignment, diagnostics, change);
    if (parsed && composer.complete()) apply_override(root, change, diagnostics);
  }
  if (!composer.complete()) return Node::null(root.mark());
  if (options.resolve_references) resolve_references(root, diagnostics);
  return root;
}

}  // namespace longtail
