#include <longtail/error.h>

#include <cstdlib>

#include "core/data/image_list.h"
#include "tests/fuzz/memory_file.h"

/// A list that is read has what it promises: labels within its classes, a label a picture, no picture twice.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const longtail::test::MemoryFile file(data, size);
  for (const std::int64_t num_classes : {0, 3}) {
    try {
      const longtail::ImageList list = longtail::read_image_list(file.path().string(), num_classes);
      if (list.paths.empty() || list.paths.size() != list.labels.size()) std::abort();
      for (const std::int64_t label : list.labels) {
        if (label < 0 || label >= list.num_classes) std::abort();
      }
      longtail::doubt_about_labels(list);
    } catch (const longtail::DataError&) {
    }
  }
  try {
    if (longtail::read_class_names(file.path().string(), 2).size() != 2) std::abort();
  } catch (const longtail::DataError&) {
  }
  return 0;
}
