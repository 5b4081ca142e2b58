#pragma once

#include <memory>
#include <string>

#include <longtail/catalog.h>
#include <longtail/config/compose.h>
#include <longtail/plugin_loader.h>

namespace longtail::bench {

/// Every plugin of the build tree.
inline const Catalog& catalog() {
  static const Catalog loaded = [] {
    Catalog catalog;
    load_plugins({LONGTAIL_BENCH_PLUGIN_DIR}, catalog);
    return catalog;
  }();
  return loaded;
}

template <class Interface>
std::shared_ptr<Interface> make(const std::string& text, const typename Interface::Context& context) {
  Diagnostics diagnostics;
  const Node node = parse_yaml(text, "bench", diagnostics);
  const ComponentSpec spec = catalog().resolve(Interface::kind, node, diagnostics);
  diagnostics.throw_if_any();
  return catalog().make<Interface>(spec, context);
}

}  // namespace longtail::bench
