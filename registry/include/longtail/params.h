#pragma once

#include <longtail/config/diagnostics.h>
#include <longtail/config/node.h>
#include <longtail/export.h>

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace longtail {

class Catalog;
class ParamBinder;

/// A part chosen by name: `{type: seesaw, p: 0.8}` or just `seesaw`. Used as the type of a parameter that is itself a
/// plugin (PCB's base loss). `params` holds every parameter but not `type`; defaults included, once it has been read.
struct ComponentSpec {
  std::string type;
  Node params = Node::map();
};

/// What a parameter may be, checked when it is read and shown by `plugins describe`.
struct Constraint {
  enum class Kind { none, range, choices, component };
  Kind kind = Kind::none;
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_open = false;
  bool high_open = false;
  std::vector<std::string> choices;
  std::string component_kind;  // "loss", "backbone", ...
};

/// low <= value <= high; for lists, of every element.
LONGTAIL_API Constraint in(double low, double high);
/// value >= low.
LONGTAIL_API Constraint at_least(double low);
/// value > low.
LONGTAIL_API Constraint greater_than(double low);
/// low <= value < high.
LONGTAIL_API Constraint in_half_open(double low, double high);
/// One of these words.
LONGTAIL_API Constraint one_of(std::vector<std::string> choices);
/// A component of this kind, validated by its own schema.
LONGTAIL_API Constraint component(std::string kind);

/// What is allowed, in words: "between 0 and 10", "one of: a, b", "a loss"; "" for anything.
LONGTAIL_API std::string to_string(const Constraint& constraint);

/// Where a value stands that is being read: what a codec needs to convert it, and to say what is wrong with it.
class LONGTAIL_API ParamPlace {
 public:
  ParamPlace(std::string owner, std::string path, const Constraint& constraint, const Catalog* catalog,
             Diagnostics& diagnostics)
      : owner_(std::move(owner)),
        path_(std::move(path)),
        constraint_(constraint),
        catalog_(catalog),
        diagnostics_(diagnostics) {}

  const std::string& owner() const { return owner_; }  // "loss 'focal'"
  const std::string& path() const { return path_; }    // "gamma", "steps[1].weight"
  const Constraint& constraint() const { return constraint_; }
  const Catalog* catalog() const { return catalog_; }  // null: components are not looked into
  Diagnostics& diagnostics() const { return diagnostics_; }

  ParamPlace item(std::size_t index) const;
  ParamPlace key(std::string_view key) const;

  /// Adds the finding "'gamma' of loss 'focal' <complaint>" and returns false; about a reference that could not be
  /// resolved there is one already.
  bool fail(const Node& node, const std::string& complaint) const;
  /// Adds "... must be <expected>, got <what stands there>" and returns false.
  bool expected(const Node& node, const std::string& expected) const;
  /// Checks the constraint; false after adding a finding.
  bool allow(const Node& node, double value) const;
  bool allow(const Node& node, const std::string& value) const;

 private:
  std::string owner_;
  std::string path_;
  const Constraint& constraint_;
  const Catalog* catalog_;
  Diagnostics& diagnostics_;
};

/// How a C++ type is read from and written to YAML. Specialised in params_impl.h for the types that parameters may
/// have: bool, int, int64_t, uint64_t, float, double, std::string, ComponentSpec, Node (anything), structs with a
/// `bind`, and vector, optional (null: none) and map<string, T> of these. For a type of your own, specialise
///
///     static std::string type_name();                                        // "number"
///     static Node encode(const T& value);
///     static bool decode(const Node& node, T& value, const ParamPlace& place);  // false after adding a finding
template <class T, class Enable = void>
struct ParamCodec {
  static_assert(
      !std::is_same_v<T, T>,
      "a parameter cannot have this type: take bool, int, std::int64_t, std::uint64_t, float, double, "
      "std::string, longtail::ComponentSpec, longtail::Node, a struct with `void bind(longtail::ParamBinder&)`, "
      "or a std::vector, std::optional or std::map<std::string, T> of these; or specialise longtail::ParamCodec "
      "for your type");
  // Declared so that the assertion is all that the compiler has to say.
  static std::string type_name();
  static Node encode(const T& value);
  static bool decode(const Node& node, T& value, const ParamPlace& place);
};

/// Type-erased access to one bound field.
class LONGTAIL_API ParamField {
 public:
  virtual ~ParamField();
  virtual std::string type_name() const = 0;
  virtual Node encode() const = 0;
  /// False after adding a finding; the field then keeps its value.
  virtual bool decode(const Node& node, const ParamPlace& place) = 0;
  /// Binds the fields of a nested struct, or of the struct that a list or map holds; nothing for other types.
  virtual void bind_nested(ParamBinder& binder) = 0;
};

/// One row of a schema.
struct ParamInfo {
  std::string name;
  std::string type;
  Node default_value;
  std::string doc;
  Constraint constraint;
  bool required = false;
  std::vector<ParamInfo> fields;  // of a nested struct, or of a list's struct elements
};

/// Marks a parameter that has no default: `p("list", list, "...", longtail::required)`.
struct Required {};
inline constexpr Required required{};

/// Visits the parameters of a struct. One `bind` drives reading with validation, defaults, `describe`, the reference
/// documents and the resolved dump:
///
///     struct Params {
///       double gamma = 2.0;
///       void bind(longtail::ParamBinder& p) { p("gamma", gamma, "Focusing exponent", longtail::in(0, 10)); }
///     };
class LONGTAIL_API ParamBinder {
 public:
  virtual ~ParamBinder();

  /// `doc` is one sentence; constraints are those above, or `required`.
  template <class T, class... Constraints>
  void operator()(std::string_view name, T& value, std::string_view doc, const Constraints&... constraints);

  /// States a rule between parameters, after all of them are bound: a finding with `message` where it does not hold.
  ///
  ///     p.check(weights.size() == static_cast<std::size_t>(steps), "'weights' needs one entry for each of 'steps'");
  virtual void check(bool holds, std::string_view message);

 protected:
  struct Declaration {
    std::string_view name;
    std::string_view doc;
    Constraint constraint;
    bool required = false;
  };
  virtual void visit(const Declaration& declaration, ParamField& field) = 0;

 private:
  static void apply(Declaration& declaration, const Constraint& constraint) { declaration.constraint = constraint; }
  static void apply(Declaration& declaration, Required) { declaration.required = true; }
};

/// Reads the fields of `params` from the map `node`. Every unknown key, wrong type, broken constraint and missing
/// required parameter becomes a finding. `owner` names the struct in messages: "loss 'focal'".
template <class Params>
void read_params(const Node& node, Params& params, std::string_view owner, const Catalog* catalog,
                 Diagnostics& diagnostics);
/// All fields with their present values, defaults included, as a map. Reading it back gives the same values.
template <class Params>
Node dump_params(const Params& params);
/// The schema of `Params` with its defaults.
template <class Params>
std::vector<ParamInfo> describe_params();

}  // namespace longtail

#include <longtail/params_impl.h>
