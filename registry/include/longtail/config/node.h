#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <longtail/export.h>

namespace longtail {

/// Where a value was written. Line and column count from 1; line 0 means "not in a file" (a default, an override).
struct Mark {
  std::shared_ptr<const std::string> file;
  int line = 0;
  int column = 0;
};

/// "file:line:col", "file" without a line, or "<default>" without a file.
LONGTAIL_API std::string to_string(const Mark& mark);

/// One value of a configuration tree: null, scalar, list or map (in the order of writing). Every node remembers
/// where it was written and, after composition, every place that had set it before.
class LONGTAIL_API Node {
 public:
  enum class Kind { null, scalar, list, map };
  struct Entry;  // key, where the key stands, value

  /// One place that set this value, oldest first: for `config show --explain`.
  struct Origin {
    Mark mark;
    std::string value;  // the value in YAML's flow style
  };

  Node() = default;
  static Node null(Mark mark = {});
  /// `plain` is false for quoted text, which is never a number, a bool or null.
  static Node scalar(std::string text, bool plain, Mark mark = {});
  static Node list(std::vector<Node> items, Mark mark = {});
  static Node map(Mark mark = {});

  // Values made by code rather than read from a file.
  static Node of(bool value);
  static Node of(std::int64_t value);
  static Node of(double value);  // written so that reading it gives the same double
  static Node of(std::string_view text);
  static Node of(const char* text) { return of(std::string_view(text)); }

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::null; }
  bool is_scalar() const { return kind_ == Kind::scalar; }
  bool is_list() const { return kind_ == Kind::list; }
  bool is_map() const { return kind_ == Kind::map; }
  const Mark& mark() const { return mark_; }
  void set_mark(Mark mark) { mark_ = std::move(mark); }

  /// A scalar's text as written, without quotes.
  const std::string& text() const { return text_; }
  bool plain() const { return plain_; }

  // Scalars by YAML 1.2's core schema: 010 is ten, `yes` is text, `1e-3` a number. False where it is none.
  bool as(bool& out) const;
  bool as(std::int64_t& out) const;
  bool as(double& out) const;       // whole numbers too, .inf, -.inf, .nan
  bool as(std::string& out) const;  // every scalar's text, numbers too: `name: 2024` is a name

  const std::vector<Node>& items() const { return items_; }
  std::vector<Node>& items() { return items_; }
  const std::vector<Entry>& entries() const { return entries_; }
  std::vector<Entry>& entries() { return entries_; }

  /// The value under `key` of a map, or null.
  const Node* find(std::string_view key) const;
  Node* find(std::string_view key);
  /// The value under "a.b.c", or null. A number steps into a list: "phases.0.until". Keys may hold dots themselves:
  /// "axes.loss.alpha" finds the key "loss.alpha" of `axes`.
  const Node* find_path(std::string_view path) const;
  /// Adds or replaces; keeps the place in the order when the key exists.
  Node& set(std::string_view key, Node value, Mark key_mark = {});
  bool erase(std::string_view key);

  const std::vector<Origin>& origins() const { return origins_; }
  std::vector<Origin>& origins() { return origins_; }

  /// Same values; marks, origins and key order do not matter.
  bool same_value(const Node& other) const;

 private:
  Kind kind_ = Kind::null;
  bool plain_ = true;
  std::string text_;
  std::vector<Node> items_;
  std::vector<Entry> entries_;
  Mark mark_;
  std::vector<Origin> origins_;
};

struct Node::Entry {
  std::string key;
  Mark key_mark;
  Node value;
};

/// Block-style YAML that parses back to the same values. Text that looks like a number is quoted.
LONGTAIL_API std::string to_yaml(const Node& node);
/// One line of flow-style YAML.
LONGTAIL_API std::string to_flow_yaml(const Node& node);
/// JSON with the scalars' types kept; `indent` < 0 writes one line.
LONGTAIL_API std::string to_json(const Node& node, int indent = 2);

}  // namespace longtail
