#pragma once

#include <longtail/error.h>
#include <longtail/export.h>
#include <longtail/params.h>
#include <longtail/plugin_abi.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace longtail {

/// What the catalog knows of one component. `make` receives the resolved parameters and a pointer to the
/// interface's Context; its result points to the interface.
struct ComponentEntry {
  std::string kind;  // "loss"
  std::string name;  // "focal"
  std::string doc;   // one sentence, and perhaps further lines
  std::string file;  // the plugin it came from; "" when built in
  std::function<std::vector<ParamInfo>()> describe;
  /// Validates `params` and returns them with all defaults filled in.
  std::function<Node(const Node& params, const Catalog&, Diagnostics&)> resolve;
  std::function<std::shared_ptr<void>(const Node& params, const void* context)> make;
};

/// Collects what a plugin registers. Nothing reaches the catalog until the plugin's entry function has returned, so
/// a plugin that throws half-way leaves no trace.
class LONGTAIL_API Registrar {
 public:
  /// Offers `Impl` as `name` of the interface's kind: Impl(Params, const Context&) where it has a nested Params, else
  /// Impl(const Context&). `doc` is one sentence, what and by whom; further lines are shown by `plugins describe`
  /// alone.
  template <class Interface, class Impl>
  void add(std::string_view name, std::string_view doc);

  /// The same with everything erased. Throws PluginError for a name that is not of [a-z0-9_] or is taken.
  void add(ComponentEntry entry);

  std::vector<ComponentEntry> take() { return std::move(entries_); }

 private:
  std::vector<ComponentEntry> entries_;
};

}  // namespace longtail

/// Defines the entry function of a plugin, and the marker by which the host knows, before it opens the file, whether
/// the plugin fits it. Once per shared library:
///
///     LONGTAIL_PLUGIN(reg) { reg.add<longtail::Loss, Focal>("focal", "Focal loss (Lin et al., ICCV 2017)"); }
///
/// "multiple definition of longtail_register_plugin" at link time means that two files of one plugin have it.
#define LONGTAIL_PLUGIN(reg)                                                         \
  LONGTAIL_PLUGIN_MARKER()                                                           \
  extern "C" LONGTAIL_API void longtail_register_plugin(::longtail::Registrar& reg); \
  extern "C" void longtail_register_plugin(::longtail::Registrar& reg)

#include <longtail/plugin_impl.h>
