#pragma once

#include <longtail/catalog.h>

namespace longtail {

/// Findings about a `bind` that gives one name to two parameters, or two names to one variable: the second would
/// silently take what is meant for the first. They have the mark `mark`.
void check_bindings(const ComponentEntry& entry, const Catalog& catalog, const Mark& mark, Diagnostics& diagnostics);

}  // namespace longtail
