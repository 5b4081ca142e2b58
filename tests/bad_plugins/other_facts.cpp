// A plugin of another longtail, LibTorch, library or machine, as defined on the command line. Nothing of it may run:
// the facts are read before the library is opened.
#include <longtail/plugin_abi.h>

#include <cstdlib>

#ifndef OTHER_API
#define OTHER_API LONGTAIL_API_VERSION
#endif
#ifndef OTHER_LIBTORCH
#define OTHER_LIBTORCH LONGTAIL_LIBTORCH_VERSION
#endif
#ifdef OTHER_REST
#define REST ";stdlib=libc++;cxx11_abi=none;sanitizer=address;machine=m68k;gpu=yes;"
#else
#define REST                                                                                           \
  ";stdlib=" LONGTAIL_ABI_STDLIB ";cxx11_abi=" LONGTAIL_ABI_CXX11 ";sanitizer=" LONGTAIL_ABI_SANITIZER \
  ";machine=" LONGTAIL_ABI_MACHINE ";"
#endif

extern "C" __attribute__((visibility("default"))) const char longtail_plugin_marker[];
__attribute__((used)) const char longtail_plugin_marker[] =
    "<longtail-plugin:api=" LONGTAIL_ABI_TEXT(OTHER_API) ";libtorch=" OTHER_LIBTORCH REST ":longtail-plugin>";

extern "C" __attribute__((visibility("default"))) void longtail_register_plugin(void*) { std::abort(); }

__attribute__((constructor)) static void opened() { std::abort(); }
