#pragma once

#include <longtail/export.h>

#include <string>

namespace longtail {

/// What of a plugin runs now. The texts live for ever.
struct PluginActivity {
  const char* file;
  const char* shown;                     // the file's name as it may be printed
  const char* doing;                     // "was being loaded", "made its loss 'focal'"
  const PluginActivity* next = nullptr;  // in the list of all
};

/// While one lives the program is in a plugin's hands, for the words about what ends it there: a crash, exit().
class LONGTAIL_API PluginCall {
 public:
  PluginCall(const std::string& file, const std::string& doing);
  ~PluginCall();
  PluginCall(const PluginCall&) = delete;
  PluginCall& operator=(const PluginCall&) = delete;

 private:
  const PluginActivity* before_;
};

/// A plugin that something is laid to, as signal handlers may ask; null where it is none's.
struct PluginSuspect {
  const char* file = nullptr;   // as it may be printed
  const char* doing = nullptr;  // where a PluginCall says so
};
/// The plugin whose code is on this thread's stack, else that of the innermost PluginCall, whatever thread made it: a
/// plugin that is being loaded may have started some.
LONGTAIL_API PluginSuspect running_plugin();
/// The plugin that this address of code belongs to.
LONGTAIL_API PluginSuspect plugin_of(const void* address);

}  // namespace longtail
