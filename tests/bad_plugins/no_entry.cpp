#include <longtail/plugin_abi.h>

LONGTAIL_PLUGIN_MARKER()
