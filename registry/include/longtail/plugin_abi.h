#pragma once

/// What has to be the same in a plugin and in the program that loads it. The facts stand as text in the plugin's
/// file, where they are read before the file is opened as a library: a plugin that does not fit is refused with both
/// columns rather than by a crash.

/// Version of the plugin interface. Bump rule: raise it with every change to a public header of registry or core after
/// which a plugin built before must not be loaded: a virtual function added, removed, moved or with another signature,
/// a data member of a Context, Params or interface class, an inline function that relies on new state. New non-virtual
/// functions and new headers do not raise it.
#define LONGTAIL_API_VERSION 3

#define LONGTAIL_ABI_TEXT_(value) #value
#define LONGTAIL_ABI_TEXT(value) LONGTAIL_ABI_TEXT_(value)

/// Comes with the CMake target longtail::longtail; "unknown" tells that the plugin was built without it.
#ifndef LONGTAIL_LIBTORCH_VERSION
#define LONGTAIL_LIBTORCH_VERSION "unknown"
#endif

#include <cstddef>  // defines the macros of the standard library

#if defined(_LIBCPP_VERSION)
#define LONGTAIL_ABI_STDLIB "libc++"
#define LONGTAIL_ABI_CXX11 "none"
#elif defined(_GLIBCXX_DEBUG)
#define LONGTAIL_ABI_STDLIB "libstdc++ in debug mode"
#define LONGTAIL_ABI_CXX11 LONGTAIL_ABI_TEXT(_GLIBCXX_USE_CXX11_ABI)
#else
#define LONGTAIL_ABI_STDLIB "libstdc++"
#define LONGTAIL_ABI_CXX11 LONGTAIL_ABI_TEXT(_GLIBCXX_USE_CXX11_ABI)
#endif

#if defined(__has_feature)  // Clang
#if __has_feature(address_sanitizer)
#define LONGTAIL_ABI_SANITIZER "address"
#elif __has_feature(thread_sanitizer)
#define LONGTAIL_ABI_SANITIZER "thread"
#elif __has_feature(memory_sanitizer)
#define LONGTAIL_ABI_SANITIZER "memory"
#endif
#endif
#ifndef LONGTAIL_ABI_SANITIZER
#if defined(__SANITIZE_ADDRESS__)
#define LONGTAIL_ABI_SANITIZER "address"
#elif defined(__SANITIZE_THREAD__)
#define LONGTAIL_ABI_SANITIZER "thread"
#else
#define LONGTAIL_ABI_SANITIZER "none"
#endif
#endif

#if defined(__x86_64__)
#define LONGTAIL_ABI_MACHINE "x86_64"
#elif defined(__aarch64__)
#define LONGTAIL_ABI_MACHINE "aarch64"
#else
#define LONGTAIL_ABI_MACHINE "other"
#endif

/// "key=value;" for each fact. Optimisation, NDEBUG and the C++ standard may differ, so they are not here.
#define LONGTAIL_ABI_FACTS                                                                                             \
  "api=" LONGTAIL_ABI_TEXT(LONGTAIL_API_VERSION) ";libtorch=" LONGTAIL_LIBTORCH_VERSION ";stdlib=" LONGTAIL_ABI_STDLIB \
                                                 ";cxx11_abi=" LONGTAIL_ABI_CXX11 ";sanitizer=" LONGTAIL_ABI_SANITIZER \
                                                 ";machine=" LONGTAIL_ABI_MACHINE ";"

/// Exported, so that neither strip, --gc-sections nor link-time optimisation may drop it. The registry looks for these
/// brackets in the file.
#define LONGTAIL_PLUGIN_MARKER()                                                         \
  extern "C" __attribute__((visibility("default"))) const char longtail_plugin_marker[]; \
  __attribute__((used)) const char longtail_plugin_marker[] =                            \
      "<longtail-plugin:" LONGTAIL_ABI_FACTS ":longtail-plugin>";
