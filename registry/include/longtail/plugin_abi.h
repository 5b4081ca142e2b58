#pragma once

/// The plugin interface's version. Bump rule: raise it whenever a plugin built before the change could not be used
/// after it, that is with any change to what the public headers of registry or core declare: a virtual function added,
/// removed or moved, a data member of a Context, an argument or a default.
#define LONGTAIL_API_VERSION 1

#define LONGTAIL_PLUGIN_MARKER()
