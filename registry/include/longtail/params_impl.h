#pragma once

// The templates behind params.h: one codec for each type a parameter may have. Everything that does not depend on a
// type is in liblongtail.

#include <longtail/params.h>

#include <functional>

namespace longtail {
namespace detail {

using BindFunction = std::function<void(ParamBinder&)>;

/// Reads the fields of one struct; false after adding findings. The path of `place` is "" for an owner as a whole.
LONGTAIL_API bool read_fields(const Node& node, const BindFunction& bind, const ParamPlace& place);
LONGTAIL_API Node dump_fields(const BindFunction& bind);
LONGTAIL_API std::vector<ParamInfo> describe_fields(const BindFunction& bind);

LONGTAIL_API bool decode_bool(const Node& node, bool& value, const ParamPlace& place);
LONGTAIL_API bool decode_integer(const Node& node, std::int64_t& value, const ParamPlace& place, std::int64_t low,
                                 std::int64_t high);
LONGTAIL_API bool decode_unsigned(const Node& node, std::uint64_t& value, const ParamPlace& place);
LONGTAIL_API bool decode_number(const Node& node, double& value, const ParamPlace& place);
LONGTAIL_API bool decode_float(const Node& node, float& value, const ParamPlace& place);
LONGTAIL_API bool decode_text(const Node& node, std::string& value, const ParamPlace& place);
LONGTAIL_API bool decode_component(const Node& node, ComponentSpec& value, const ParamPlace& place);
LONGTAIL_API Node encode_component(const ComponentSpec& spec);
LONGTAIL_API Node encode_float(float value);
LONGTAIL_API Node encode_unsigned(std::uint64_t value);
LONGTAIL_API std::string plural(const std::string& type_name);

template <class T, class = void>
struct HasBind : std::false_type {};
template <class T>
struct HasBind<T, std::void_t<decltype(std::declval<T&>().bind(std::declval<ParamBinder&>()))>> : std::true_type {};

}  // namespace detail

template <>
struct ParamCodec<bool> {
  static std::string type_name() { return "bool"; }
  static Node encode(bool value) { return Node::of(value); }
  static bool decode(const Node& node, bool& value, const ParamPlace& place) {
    return detail::decode_bool(node, value, place);
  }
};

template <class T>
struct ParamCodec<T, std::enable_if_t<std::is_integral_v<T> && std::is_signed_v<T> && !std::is_same_v<T, bool>>> {
  static std::string type_name() { return "integer"; }
  static Node encode(T value) { return Node::of(static_cast<std::int64_t>(value)); }
  static bool decode(const Node& node, T& value, const ParamPlace& place) {
    std::int64_t wide = 0;
    if (!detail::decode_integer(node, wide, place, std::numeric_limits<T>::min(), std::numeric_limits<T>::max())) {
      return false;
    }
    value = static_cast<T>(wide);
    return true;
  }
};

template <>
struct ParamCodec<std::uint64_t> {
  static std::string type_name() { return "integer"; }
  static Node encode(std::uint64_t value) { return detail::encode_unsigned(value); }
  static bool decode(const Node& node, std::uint64_t& value, const ParamPlace& place) {
    return detail::decode_unsigned(node, value, place);
  }
};

template <>
struct ParamCodec<double> {
  static std::string type_name() { return "number"; }
  static Node encode(double value) { return Node::of(value); }
  static bool decode(const Node& node, double& value, const ParamPlace& place) {
    return detail::decode_number(node, value, place);
  }
};

template <>
struct ParamCodec<float> {
  static std::string type_name() { return "number"; }
  static Node encode(float value) { return detail::encode_float(value); }
  static bool decode(const Node& node, float& value, const ParamPlace& place) {
    return detail::decode_float(node, value, place);
  }
};

template <>
struct ParamCodec<std::string> {
  static std::string type_name() { return "text"; }
  static Node encode(const std::string& value) { return Node::of(std::string_view(value)); }
  static bool decode(const Node& node, std::string& value, const ParamPlace& place) {
    return detail::decode_text(node, value, place);
  }
};

template <>
struct ParamCodec<ComponentSpec> {
  static std::string type_name() { return "component"; }
  static Node encode(const ComponentSpec& value) { return detail::encode_component(value); }
  static bool decode(const Node& node, ComponentSpec& value, const ParamPlace& place) {
    return detail::decode_component(node, value, place);
  }
};

template <>
struct ParamCodec<Node> {
  static std::string type_name() { return "value"; }
  static Node encode(const Node& value) { return value; }
  static bool decode(const Node& node, Node& value, const ParamPlace&) {
    value = node;
    return true;
  }
};

template <class T>
struct ParamCodec<T, std::enable_if_t<detail::HasBind<T>::value>> {
  static std::string type_name() { return "section"; }
  static Node encode(const T& value) { return dump_params(value); }
  static bool decode(const Node& node, T& value, const ParamPlace& place) {
    return detail::read_fields(
        node, [&](ParamBinder& binder) { value.bind(binder); }, place);
  }
  static void bind_nested(T& value, ParamBinder& binder) { value.bind(binder); }
};

namespace detail {

/// Shows the fields of the struct inside a list, map or optional; of a default one, since there may be none yet.
template <class T>
void bind_element(ParamBinder& binder);

}  // namespace detail

template <class T>
struct ParamCodec<std::vector<T>> {
  static std::string type_name() { return "list of " + detail::plural(ParamCodec<T>::type_name()); }
  static Node encode(const std::vector<T>& value) {
    std::vector<Node> items;
    for (const T& item : value) items.push_back(ParamCodec<T>::encode(item));
    return Node::list(std::move(items));
  }
  static bool decode(const Node& node, std::vector<T>& value, const ParamPlace& place) {
    if (!node.is_list()) return place.expected(node, "a " + type_name());
    bool good = true;
    std::vector<T> read;
    for (std::size_t i = 0; i < node.items().size(); ++i) {
      T item{};
      good &= ParamCodec<T>::decode(node.items()[i], item, place.item(i));
      read.push_back(std::move(item));
    }
    if (good) value = std::move(read);
    return good;
  }
  static void bind_nested(std::vector<T>&, ParamBinder& binder) { detail::bind_element<T>(binder); }
};

template <class T>
struct ParamCodec<std::map<std::string, T>> {
  static std::string type_name() { return "map of " + detail::plural(ParamCodec<T>::type_name()); }
  static Node encode(const std::map<std::string, T>& value) {
    Node map = Node::map();
    for (const auto& [key, item] : value) map.set(key, ParamCodec<T>::encode(item));
    return map;
  }
  static bool decode(const Node& node, std::map<std::string, T>& value, const ParamPlace& place) {
    if (!node.is_map()) return place.expected(node, "a " + type_name());
    bool good = true;
    std::map<std::string, T> read;
    for (const Node::Entry& entry : node.entries()) {
      T item{};
      good &= ParamCodec<T>::decode(entry.value, item, place.key(entry.key));
      read.emplace(entry.key, std::move(item));
    }
    if (good) value = std::move(read);
    return good;
  }
  static void bind_nested(std::map<std::string, T>&, ParamBinder& binder) { detail::bind_element<T>(binder); }
};

template <class T>
struct ParamCodec<std::optional<T>> {
  static std::string type_name() { return ParamCodec<T>::type_name(); }
  static Node encode(const std::optional<T>& value) { return value ? ParamCodec<T>::encode(*value) : Node::null(); }
  static bool decode(const Node& node, std::optional<T>& value, const ParamPlace& place) {
    if (node.is_null()) {
      value.reset();
      return true;
    }
    T read{};
    if (!ParamCodec<T>::decode(node, read, place)) return false;
    value = std::move(read);
    return true;
  }
  static void bind_nested(std::optional<T>&, ParamBinder& binder) { detail::bind_element<T>(binder); }
};

namespace detail {

template <class T, class = void>
struct HasNested : std::false_type {};
template <class T>
struct HasNested<T, std::void_t<decltype(ParamCodec<T>::bind_nested(std::declval<T&>(), std::declval<ParamBinder&>()))>>
    : std::true_type {};

template <class T>
void bind_element(ParamBinder& binder) {
  if constexpr (HasNested<T>::value) {
    T element{};
    ParamCodec<T>::bind_nested(element, binder);
  }
}

template <class T>
class TypedField final : public ParamField {
 public:
  explicit TypedField(T& value) : value_(value) {}
  std::string type_name() const override { return ParamCodec<T>::type_name(); }
  Node encode() const override { return ParamCodec<T>::encode(value_); }
  bool decode(const Node& node, const ParamPlace& place) override { return ParamCodec<T>::decode(node, value_, place); }
  void bind_nested(ParamBinder& binder) override {
    if constexpr (HasNested<T>::value) ParamCodec<T>::bind_nested(value_, binder);
  }

 private:
  T& value_;
};

}  // namespace detail

template <class T, class... Constraints>
void ParamBinder::operator()(std::string_view name, T& value, std::string_view doc, const Constraints&... constraints) {
  Declaration declaration{name, doc, {}, false};
  (apply(declaration, constraints), ...);
  detail::TypedField<T> field(value);
  visit(declaration, field);
}

template <class Params>
void read_params(const Node& node, Params& params, std::string_view owner, const Catalog* catalog,
                 Diagnostics& diagnostics) {
  const Constraint free;
  detail::read_fields(
      node, [&](ParamBinder& binder) { params.bind(binder); },
      ParamPlace(std::string(owner), "", free, catalog, diagnostics));
}

template <class Params>
Node dump_params(const Params& params) {
  Params copy = params;  // bind() takes references to fields it may write
  return detail::dump_fields([&](ParamBinder& binder) { copy.bind(binder); });
}

template <class Params>
std::vector<ParamInfo> describe_params() {
  Params params;
  return detail::describe_fields([&](ParamBinder& binder) { params.bind(binder); });
}

}  // namespace longtail
