#include "registry/plugin/plugin_call.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>

#include <array>
#include <atomic>
#include <cstring>

#include "registry/plugin/plugin_file.h"
#include "registry/text/visible.h"

namespace longtail {
namespace {

std::atomic<const PluginActivity*> current{nullptr};
/// All that there ever were, for handlers that may not wait for a lock. A plugin has few.
std::atomic<const PluginActivity*> all{nullptr};

const PluginActivity* find_activity(const char* file, const char* doing) {
  for (const PluginActivity* activity = all; activity != nullptr; activity = activity->next) {
    if (std::strcmp(activity->file, file) != 0) continue;
    if (doing == nullptr || std::strcmp(activity->doing, doing) == 0) return activity;
  }
  return nullptr;
}

const PluginActivity* kept(const std::string& file, const std::string& doing) {
  if (const PluginActivity* known = find_activity(file.c_str(), doing.c_str())) return known;
  auto* activity = new PluginActivity{::strdup(file.c_str()), ::strdup(visible(file).c_str()),
                                      ::strdup(visible(doing).c_str()), all.load()};
  while (!all.compare_exchange_weak(activity->next, activity)) {
  }
  return activity;
}

/// The file that the code at `address` was loaded from, or null.
const char* file_of(const void* address) {
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 35)
  dl_find_object found = {};  // unlike dladdr() it waits for no lock
  if (::_dl_find_object(const_cast<void*>(address), &found) != 0 || found.dlfo_link_map == nullptr) return nullptr;
  return found.dlfo_link_map->l_name;
#else
  Dl_info info = {};
  return ::dladdr(address, &info) != 0 ? info.dli_fname : nullptr;
#endif
}

}  // namespace

PluginCall::PluginCall(const std::string& file, const std::string& doing)
    : before_(current.exchange(kept(file, doing))) {}

PluginCall::~PluginCall() { current = before_; }

PluginSuspect plugin_of(const void* address) {
  const char* file = file_of(address);
  if (file == nullptr || !is_plugin_name(file)) return {};
  const PluginActivity* now = current;
  if (now != nullptr && std::strcmp(now->file, file) == 0) return {now->shown, now->doing};
  const PluginActivity* known = find_activity(file, nullptr);
  return {known != nullptr ? known->shown : file, nullptr};
}

PluginSuspect running_plugin() {
  std::array<void*, 128> frames;
  const int count = ::backtrace(frames.data(), static_cast<int>(frames.size()));
  for (int i = 0; i < count; ++i) {
    const PluginSuspect suspect = plugin_of(frames[static_cast<std::size_t>(i)]);
    if (suspect.file != nullptr) return suspect;
  }
  const PluginActivity* now = current;
  return now != nullptr ? PluginSuspect{now->shown, now->doing} : PluginSuspect{};
}

}  // namespace longtail
