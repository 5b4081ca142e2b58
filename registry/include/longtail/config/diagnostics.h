#pragma once

#include <string>
#include <vector>

#include <longtail/config/node.h>
#include <longtail/error.h>
#include <longtail/export.h>

namespace longtail {

/// Collects every finding about a configuration, so that a user sees all mistakes in one run.
class LONGTAIL_API Diagnostics {
 public:
  struct Finding {
    Mark mark;
    std::string message;
    ExitCode code = ExitCode::config;
  };

  void error(const Mark& mark, std::string message, ExitCode code = ExitCode::config);

  bool ok() const { return findings_.empty(); }
  const std::vector<Finding>& findings() const { return findings_; }

  /// "file:line:col: error: message" a line, in the order of the files and lines; each finding once.
  std::string text() const;

  /// Throws ConfigError with text() if there is any finding; PluginError if all of them say ExitCode::plugin.
  void throw_if_any() const;

 private:
  std::vector<Finding> findings_;
};

}  // namespace longtail
