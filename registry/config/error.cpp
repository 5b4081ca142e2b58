#include <longtail/error.h>

namespace longtail {

Error::Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
// The destructors are here so that each class's type information lives in one library and plugins can catch it.
Error::~Error() = default;
ConfigError::~ConfigError() = default;
PluginError::~PluginError() = default;
DataError::~DataError() = default;
DivergedError::~DivergedError() = default;

}  // namespace longtail
