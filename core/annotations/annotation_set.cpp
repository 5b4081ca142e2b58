#include "core/annotations/annotation_set.h"

#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>

#include "core/annotations/outlines.h"
#include "registry/text/counted.h"

namespace longtail {
namespace {

// Where `id` stands in `records`, which ascend by id; -1 where it is missing.
template <class Record>
std::int64_t find_id(const std::vector<Record>& records, const AnnotationId& id) {
  const auto found =
      std::lower_bound(records.begin(), records.end(), id,
                       [](const Record& record, const AnnotationId& wanted) { return record.key() < wanted; });
  return found != records.end() && found->key() == id ? found - records.begin() : -1;
}

}  // namespace

bool same_class(const Category& a, const Category& b) {
  return a.named && b.named ? a.name == b.name : a.key() == b.key();
}

std::int32_t AnnotationSet::class_of(const AnnotationId& category_id) const {
  return static_cast<std::int32_t>(find_id(categories, category_id));
}

std::int64_t AnnotationSet::image_of(const AnnotationId& image_id) const { return find_id(images, image_id); }

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
  return count_without_outline(set) < static_cast<std::int64_t>(set.objects.size());
}

std::int64_t count_without_outline(const AnnotationSet& set) {
  return std::count_if(set.objects.begin(), set.objects.end(), [](const ObjectRecord& object) {
    return object.segmentation.form == SegmentationRef::Form::none;
  });
}

void require_file_names(const AnnotationSet& set, const std::string& file) {
  for (const ImageRecord& image : set.images) {
    if (!image.file_name.empty()) continue;
    throw DataError(fmt::format("{}: image {} has no file_name, so its picture cannot be found; add it", file,
                                to_json(image.key())));
  }
}

void require_sizes(const AnnotationSet& set, const std::string& file, const std::string& what) {
  for (const ImageRecord& image : set.images) {
    if (image.width > 0) continue;
    throw DataError(fmt::format("{}: image {} has no width and height, which {} needs; add them", file,
                                to_json(image.key()), what));
  }
}

std::string to_string(const AnnotationProblems& problems) {
  const std::string objects = counted(problems.skipped, "broken object");
  if (problems.polygons == 0) return objects;
  const std::string polygons = counted(problems.polygons, "broken polygon");
  return problems.skipped == 0 ? polygons : objects + " and " + polygons;
}

}  // namespace longtail
