#include <longtail/error.h>

#include <cstdlib>

#include "core/data/image_list.h"
#include "tests/fuzz/memory_file.h"

/// Any bytes are an image list and a file of class names, or refused with a DataError.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const longtail::test::MemoryFile file(data, size);
  for (const std::int64_t classes : {0, 3}) {
    try {
      const longtail::ImageList list = longtail::read_image_list(file.path(), classes);
      for (const std::int64_t label : list.labels) {
        if (label < 0 || label >= list.num_classes) std::abort();
      }
    } catch (const longtail::DataError&) {
    }
  }
  try {
    longtail::read_class_names(file.path(), 3);
  } catch (const longtail::DataError&) {
  }
  return 0;
}
