#pragma once

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

#include <longtail/config/diagnostics.h>
#include <longtail/config/node.h>
#include <longtail/export.h>

namespace longtail {

class Catalog;
class ParamBinder;

/// A part chosen by name: `{type: seesaw, p: 0.8}` or just `seesaw`. Used as the type of a parameter that is itself a
/// plugin (PCB's base loss). `params` holds every parameter, defaults included, once it has been read.
struct ComponentSpec {
  std::string type;
  Node params = Node::map();
};

/// What a parameter may be, checked when it is read and shown by `plugins describe`.
struct Constraint {
  enum class Kind { none, closed_range, choices, component };
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

/// How a C++ type is read from and written to YAML. Specialised below for the types that parameters may have:
/// bool, int, int64_t, double, std::string, ComponentSpec, Node (anything), structs with a `bind`, and vector,
/// optional and map<string, T> of these.
template <class T, class Enable = void>
struct ParamCodec;

/// Type-erased access to one bound field.
class LONGTAIL_API ParamField {
 public:
  virtual ~ParamField();
  virtual std::string type_name() const = 0;
  virtual Node encode() const = 0;
  /// False after adding a finding.
  virtual bool decode(const Node& node, ParamBinder& context) = 0;
  /// Binds the fields of a nested struct; does nothing for other types.
  virtual void bind_nested(ParamBinder&) {}
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

  // For the codecs: findings of what is being read, and the catalog that knows the schemas of components (may be null:
  // then components are not looked into).
  virtual Diagnostics* diagnostics() { return nullptr; }
  virtual const Catalog* catalog() const { return nullptr; }

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
/// All fields with their present values, defaults included, as a map.
template <class Params>
Node dump_params(const Params& params);
/// The schema of `Params` with its defaults.
template <class Params>
std::vector<ParamInfo> describe_params();

}  // namespace longtail

#include <longtail/params_impl.h>
