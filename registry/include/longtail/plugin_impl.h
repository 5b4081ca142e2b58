#pragma once

// The templates behind plugin.h.

#include <longtail/plugin.h>

namespace longtail {
namespace detail {

template <class Impl, class = void>
struct HasParams : std::false_type {};
template <class Impl>
struct HasParams<Impl, std::void_t<typename Impl::Params>> : std::true_type {};

/// What a class without parameters has: every key is unknown.
struct NoParams {
  void bind(ParamBinder&) {}
};

template <class Impl, bool = HasParams<Impl>::value>
struct ParamsOf {
  using type = typename Impl::Params;
};
template <class Impl>
struct ParamsOf<Impl, false> {
  using type = NoParams;
};

LONGTAIL_API std::string owner_name(std::string_view kind, std::string_view name);  // "loss 'focal'"

template <class Interface, class Impl>
std::shared_ptr<Interface> construct(const Node& node, const std::string& owner,
                                     const typename Interface::Context& context) {
  if constexpr (HasParams<Impl>::value) {
    typename Impl::Params params;
    Diagnostics diagnostics;
    read_params(node, params, owner, nullptr, diagnostics);  // nested components were validated by resolve()
    diagnostics.throw_if_any();
    return std::make_shared<Impl>(std::move(params), context);
  } else {
    return std::make_shared<Impl>(context);
  }
}

}  // namespace detail

template <class Interface, class Impl>
void Registrar::add(std::string_view name, std::string_view doc) {
  using Context = typename Interface::Context;
  using Params = typename detail::ParamsOf<Impl>::type;
  static_assert(std::is_base_of_v<Interface, Impl>, "Impl must derive publicly from the interface it is added as");
  static_assert(!std::is_abstract_v<Impl>, "Impl must override every pure virtual function of its interface");
  static_assert(detail::HasBind<Params>::value, "Impl::Params needs `void bind(longtail::ParamBinder& p)`");
  static_assert(!detail::HasParams<Impl>::value || std::is_constructible_v<Impl, Params, const Context&>,
                "Impl has Params, so it needs a public constructor Impl(Params, const Interface::Context&)");
  static_assert(detail::HasParams<Impl>::value || std::is_constructible_v<Impl, const Context&>,
                "Impl has no public Params, so it needs a public constructor Impl(const Interface::Context&)");

  ComponentEntry entry;
  entry.kind = std::string(Interface::kind);
  entry.name = std::string(name);
  entry.doc = std::string(doc);
  const std::string owner = detail::owner_name(entry.kind, entry.name);
  entry.describe = [] { return describe_params<Params>(); };
  entry.resolve = [owner](const Node& node, const Catalog& catalog, Diagnostics& diagnostics) {
    Params params;
    read_params(node, params, owner, &catalog, diagnostics);
    return dump_params(params);
  };
  entry.make = [owner](const Node& node, const void* context) -> std::shared_ptr<void> {
    // Through Interface, so that the pointer is the interface's even where Impl has several bases.
    return detail::construct<Interface, Impl>(node, owner, *static_cast<const Context*>(context));
  };
  add(std::move(entry));
}

}  // namespace longtail
