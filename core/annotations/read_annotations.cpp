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

/// Throws for the first id that stands twice.
template <class Id>
void check_list(const JsonFile& file, const JsonArray& array, std::vector<std::pair<Id, std::int64_t>>& ids) {
  const auto not_less = [](const auto& a, const auto& b) { return !(a.first < b.first); };
  if (std::adjacent_find(ids.begin(), ids.end(), not_less) == ids.end()) return;
  std::stable_sort(ids.begin(), ids.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
  const auto twice = std::adjacent_find(ids.begin(), ids.end(), same);
  if (twice == ids.end()) return;
  throw DataError(file.place(array, (twice + 1)->second) +
                  fmt::format("id {} is already that of {}[{}]; give each its own", to_json(AnnotationId(twice->first)),
                              array.key, twice->second));
}

}  // namespace

void ElementIds::add(const AnnotationId& id, std::int64_t element) {
  if (id.is_text()) {
    texts_.emplace_back(id.text, element);
  } else {
    numbers_.emplace_back(id.number, element);
  }
}

void ElementIds::check_unique(const JsonFile& file, const JsonArray& array) {
  check_list(file, array, numbers_);
  check_list(file, array, texts_);
}

AnnotationSet read_annotations(const std::string& path, BadAnnotation policy, AnnotationProblems* problems) {
  const JsonFile file(path);
  AnnotationSet set;
  set.categories = read_categories(file);
  bool has_frequencies = false;
  for (const Category& category : set.categories) {
    has_frequencies = has_frequencies || category.frequency != 0;
    if (category.frequency == 0)
      set.gaps.frequency.note(fmt::format("{} '{}'", to_json(category.key()), category.name));
  }
  set.images = read_images(file, set);
  set.is_lvis = set.federated && has_frequencies;
  AnnotationProblems found;
  read_objects(file, policy, found, set);
  std::vector<bool> untold;
  for (const Category& category : set.categories) untold.push_back(!category.counts_told);
  count_objects(untold, set);
  if (problems != nullptr) *problems = std::move(found);
  return set;
}

}  // namespace longtail
