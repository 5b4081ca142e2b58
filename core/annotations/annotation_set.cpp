#include "core/annotations/annotation_set.h"

#include <algorithm>

#include "core/annotations/outlines.h"

namespace longtail {
namespace {

// Where `id` stands in `records`, which ascend by id; -1 where it is missing.
template <class Record>
std::int64_t find_id(const std::vector<Record>& records, std::int64_t id) {
  const auto found = std::lower_bound(records.begin(), records.end(), id,
                                      [](const Record& record, std::int64_t wanted) { return record.id < wanted; });
  return found != records.end() && found->id == id ? found - records.begin() : -1;
}

}  // namespace

std::int32_t AnnotationSet::class_of(std::int64_t category_id) const {
  return static_cast<std::int32_t>(find_id(categories, category_id));
}

std::int64_t AnnotationSet::image_of(std::int64_t image_id) const { return find_id(images, image_id); }

const ImageRecord& AnnotationSet::image_of_object(std::int64_t object) const {
  // The last image that starts at or before it; images without objects start where the next one does.
  const auto after =
      std::upper_bound(images.begin(), images.end(), object,
                       [](std::int64_t wanted, const ImageRecord& image) { return wanted < image.first_object; });
  return *(after - 1);
}

Rle AnnotationSet::mask(std::int64_t object) const {
  const ImageRecord& image = image_of_object(object);
  return mask_of(objects[static_cast<std::size_t>(object)].segmentation, coordinates, polygon_ends, rle_counts,
                 image.height, image.width);
}

bool has_outlines(const AnnotationSet& set) {
  return std::any_of(set.objects.begin(), set.objects.end(), [](const ObjectRecord& object) {
    return object.segmentation.form != SegmentationRef::Form::none;
  });
}

}  // namespace longtail
