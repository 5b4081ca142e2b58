#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/annotations/annotation_set.h"
#include "core/annotations/json_fields.h"
#include "core/annotations/json_file.h"

namespace longtail {

/// The categories of a file, ascending by id. Throws DataError: none, a missing key, the same id twice.
std::vector<Category> read_categories(const JsonFile& file);

/// The images, ascending by id, with the class indices of their lists. Notes what they lack in `set`.
std::vector<ImageRecord> read_images(const JsonFile& file, AnnotationSet& set);

/// Fills the objects and outlines of a set that has its categories and images.
void read_objects(const JsonFile& file, BadAnnotation policy, AnnotationProblems& problems, AnnotationSet& set);

/// The ids of an array's elements, in the array's order.
class ElementIds {
 public:
  void add(const AnnotationId& id, std::int64_t element);
  /// Throws DataError for the first one that stands twice.
  void check_unique(const JsonFile& file, const JsonArray& array);

 private:
  template <class Id>
  using List = std::vector<std::pair<Id, std::int64_t>>;
  List<std::int64_t> numbers_;
  List<std::string> texts_;
};

}  // namespace longtail
