#include <ATen/ATen.h>
#include <longtail/error.h>

#include "core/io/state_dict.h"
#include "tests/fuzz/memory_file.h"

/// Any bytes are read, or refused with a DataError; every tensor that was read can be touched.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const longtail::test::MemoryFile file(data, size);
  try {
    longtail::TorchFile torch_file(file.path());
    for (const auto& [name, tensor] : longtail::read_state_dict(torch_file).tensors) {
      if (tensor.numel() < 1'000'000) tensor.clone();
    }
  } catch (const longtail::DataError&) {
  }
  return 0;
}
