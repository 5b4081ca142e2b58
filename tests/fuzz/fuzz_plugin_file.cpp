#include <longtail/error.h>

#include "registry/plugin/plugin_file.h"
#include "tests/fuzz/memory_file.h"

/// The facts of any bytes are read, or the file is refused with a PluginError, before anything opens it as a library.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const longtail::test::MemoryFile file(data, size);
  try {
    longtail::abi_differences(longtail::host_abi_facts(), longtail::read_abi_facts(file.path()));
  } catch (const longtail::PluginError&) {
  }
  return 0;
}
