#pragma once

#include <stdexcept>
#include <string>

#include <longtail/export.h>

namespace longtail {

/// Exit codes of the `longtail` binary.
enum class ExitCode {
  good = 0,
  other = 1,
  config = 2,
  plugin = 3,
  data = 4,
  diverged = 5,
  interrupted = 130,
};

/// Base of every error a user can cause. The message is one line (or one line a finding) that names the place
/// and what to do next.
class LONGTAIL_API Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message);
  ~Error() override;
  ExitCode code() const noexcept { return code_; }

 private:
  ExitCode code_;
};

/// A configuration that cannot be used: every finding on a line of its own, each with file:line:col.
class LONGTAIL_API ConfigError : public Error {
 public:
  explicit ConfigError(const std::string& message) : Error(ExitCode::config, message) {}
  ~ConfigError() override;
};

/// A plugin that is missing, foreign or broken.
class LONGTAIL_API PluginError : public Error {
 public:
  explicit PluginError(const std::string& message) : Error(ExitCode::plugin, message) {}
  ~PluginError() override;
};

/// Data, weights or checkpoints that cannot be read.
class LONGTAIL_API DataError : public Error {
 public:
  explicit DataError(const std::string& message) : Error(ExitCode::data, message) {}
  ~DataError() override;
};

/// Training produced a loss or gradient that is not finite.
class LONGTAIL_API DivergedError : public Error {
 public:
  explicit DivergedError(const std::string& message) : Error(ExitCode::diverged, message) {}
  ~DivergedError() override;
};

}  // namespace longtail
