#pragma once

#include <longtail/catalog.h>
#include <longtail/config/diagnostics.h>
#include <longtail/export.h>

#include <string>
#include <string_view>

namespace longtail {

enum class DocFormat { text, markdown, json };

/// `plugins list`: every component with the file it comes from, then the files that could not be loaded and why.
LONGTAIL_API std::string list_components(const Catalog& catalog, DocFormat format);

/// `plugins describe KIND/NAME`: its parameters with type, default, what is allowed and what they mean.
LONGTAIL_API std::string describe_component(const ComponentEntry& entry, DocFormat format);

/// `plugins describe`: all of them; as markdown this is plugins/REFERENCE.md. Names no folder of this machine.
LONGTAIL_API std::string describe_components(const Catalog& catalog, DocFormat format);

/// "KIND/NAME", or NAME alone where one kind only has it. Throws PluginError that says what exists.
LONGTAIL_API const ComponentEntry& find_component(const Catalog& catalog, std::string_view name);

/// Reads every default of a component by its own constraints, so that no plugin has a default it would refuse, and
/// looks for parameters that are bound twice.
LONGTAIL_API Diagnostics check_defaults(const ComponentEntry& entry, const Catalog& catalog);

}  // namespace longtail
