#pragma once

#include <string>
#include <vector>

#include "core/annotations/annotation_set.h"
#include "core/annotations/json_fields.h"
#include "core/annotations/json_file.h"

namespace longtail {

/// The categories of a file, ascending by id. Throws DataError: none, a missing key, the same id twice.
std::vector<Category> read_categories(const JsonFile& file);

/// The images, ascending by id, with the class indices of their lists; `federated` says whether they have them.
std::vector<ImageRecord> read_images(const JsonFile& file, const AnnotationSet& set, bool& federated);

/// Fills the objects and outlines of a set that has its categories and images.
void read_objects(const JsonFile& file, BadAnnotation policy, AnnotationProblems& problems, AnnotationSet& set);

/// Throws DataError for the first id of an array's elements that stands twice; `ids` in the array's order.
struct ElementId {
  std::int64_t id;
  std::int64_t element;
};
void check_unique(const JsonFile& file, const JsonArray& array, std::vector<ElementId> ids);

}  // namespace longtail
