#include <longtail/error.h>

#include "core/annotations/annotation_set.h"
#include "tests/fuzz/memory_file.h"

namespace {

constexpr std::int32_t kSide = 2000;  // masks of larger images take longer than a fuzzer should wait

std::uint64_t pixels(std::int32_t width, std::int32_t height) {
  return static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height);
}

void touch_masks(const longtail::AnnotationSet& set) {
  for (std::size_t o = 0; o < set.objects.size(); ++o) {
    const auto object = static_cast<std::int64_t>(o);
    const longtail::ImageRecord& image = set.image_of_object(object);
    if (image.width > kSide || image.height > kSide) continue;
    const longtail::Rle mask = set.mask(object);
    if (longtail::rle_area(mask) > pixels(mask.width, mask.height)) std::abort();
    const bool known = image.width > 0;  // a file of ground truth alone need not tell
    if (known && pixels(mask.width, mask.height) > pixels(image.width, image.height)) std::abort();
  }
}

}  // namespace

/// Any bytes are read, or refused with a DataError, with both policies; every mask that was read can be made.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const longtail::test::MemoryFile file(data, size);
  for (const auto policy : {longtail::BadAnnotation::stop, longtail::BadAnnotation::skip}) {
    try {
      touch_masks(longtail::read_annotations(file.path(), policy));
    } catch (const longtail::DataError&) {
    }
  }
  return 0;
}
