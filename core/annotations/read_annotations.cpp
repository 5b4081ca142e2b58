#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>

#include "core/annotations/annotation_reader.h"

namespace longtail {
namespace {

// Where the file does not tell how often a class occurs, its objects do.
void count_objects(const std::vector<bool>& untold, AnnotationSet& set) {
  std::vector<std::int64_t> last_image(set.categories.size(), -1);
  for (std::size_t i = 0; i < set.images.size(); ++i) {
    const ImageRecord& image = set.images[i];
    for (std::int64_t o = image.first_object; o < image.first_object + image.num_objects; ++o) {
      const auto c = static_cast<std::size_t>(set.objects[static_cast<std::size_t>(o)].class_index);
      if (!untold[c]) continue;
      ++set.categories[c].instance_count;
      if (last_image[c] != static_cast<std::int64_t>(i)) ++set.categories[c].image_count;
      last_image[c] = static_cast<std::int64_t>(i);
    }
  }
}

}  // namespace

void check_unique(const JsonFile& file, const JsonArray& array, std::vector<ElementId> ids) {
  const auto ascending = [](const ElementId& a, const ElementId& b) { return a.id < b.id; };
  const auto not_less = [](const ElementId& a, const ElementId& b) { return a.id >= b.id; };
  if (std::adjacent_find(ids.begin(), ids.end(), not_less) == ids.end()) return;
  std::stable_sort(ids.begin(), ids.end(), ascending);
  const auto twice =
      std::adjacent_find(ids.begin(), ids.end(), [](const ElementId& a, const ElementId& b) { return a.id == b.id; });
  if (twice == ids.end()) return;
  throw DataError(
      file.place(array, (twice + 1)->element) +
      fmt::format("id {} is already that of {}[{}]; give each its own", twice->id, array.key, twice->element));
}

AnnotationSet read_annotations(const std::string& path, BadAnnotation policy, AnnotationProblems* problems) {
  const JsonFile file(path);
  AnnotationSet set;
  set.categories = read_categories(file);
  bool federated = false;
  set.images = read_images(file, set, federated);
  set.is_lvis = federated && std::all_of(set.categories.begin(), set.categories.end(),
                                         [](const Category& category) { return category.frequency != 0; });
  AnnotationProblems found;
  read_objects(file, policy, found, set);
  std::vector<bool> untold;
  for (Category& category : set.categories) {
    untold.push_back(category.image_count < 0 || category.instance_count < 0);
    if (untold.back()) category.image_count = category.instance_count = 0;
  }
  count_objects(untold, set);
  if (problems != nullptr) *problems = std::move(found);
  return set;
}

}  // namespace longtail
