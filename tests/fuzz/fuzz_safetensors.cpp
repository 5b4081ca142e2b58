#include <ATen/ATen.h>
#include <longtail/error.h>

#include "core/io/safetensors.h"
#include "tests/fuzz/memory_file.h"

/// Any bytes are read, or refused with a DataError; everything that was read can be touched.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const longtail::test::MemoryFile file(data, size);
  try {
    for (const auto& [name, tensor] : longtail::read_safetensors(file.path()).tensors) tensor.clone();
  } catch (const longtail::DataError&) {
  }
  return 0;
}
