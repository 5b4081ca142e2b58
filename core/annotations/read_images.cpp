#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>
#include <limits>

#include "core/annotations/annotation_reader.h"
#include "core/annotations/json_elements.h"

namespace longtail {
namespace {

constexpr std::int64_t kMaxSide = 1000000;  // pixels; formats of pictures end long before

/// Calls read(fields, element) for each element of an array, in order. What is wrong gets its place.
template <class Read>
void for_each_element(const JsonFile& file, const JsonArray& array, const Read& read) {
  PieceParser parser;
  for (const JsonPiece& piece : array.pieces) {
    std::int64_t element = piece.first;
    for (const simdjson::dom::element value : parser.parse(file, array, piece)) {
      try {
        read(JsonFields(value), element);
      } catch (const BrokenElement& error) {
        throw DataError(fmt::format("{}{}; correct the file", file.place(array, element), error.what()));
      }
      ++element;
    }
    file.release(piece.begin, piece.end);
  }
}

template <class Record>
void sort_by_id(std::vector<Record>& records) {
  std::sort(records.begin(), records.end(), [](const Record& a, const Record& b) { return a.key() < b.key(); });
}

void read_record_id(const JsonFields& fields, WithId& record) {
  const AnnotationId id = fields.id("id");
  record.id = id.number;
  record.text_id = id.text;
}

Category read_category(const JsonFields& fields) {
  Category category;
  read_record_id(fields, category);
  category.name = std::string(fields.text_or("name", ""));
  category.named = !category.name.empty();
  if (!category.named) category.name = to_string(category.key());
  category.supercategory = fields.text_or("supercategory", "");
  const std::string_view frequency = fields.text_or("frequency", "");
  if (frequency == "r" || frequency == "c" || frequency == "f") {
    category.frequency = frequency[0];
  } else if (!frequency.empty()) {
    throw BrokenElement(fmt::format("frequency '{}' is none of r, c and f", frequency));
  }
  const std::int64_t images = fields.integer_or("image_count", -1);
  const std::int64_t instances = fields.integer_or("instance_count", -1);
  category.counts_told = images >= 0 && instances >= 0;
  if (category.counts_told) {
    category.image_count = images;
    category.instance_count = instances;
  }
  return category;
}

std::int32_t read_side(const JsonFields& fields, const char* key) {
  const std::int64_t side = fields.integer(key);
  if (side < 1 || side > kMaxSide) throw BrokenElement(fmt::format("'{}' is {}, not 1 ... {}", key, side, kMaxSide));
  return static_cast<std::int32_t>(side);
}

// LVIS v1 names pictures by COCO's address only: its folder and name say where the picture lies.
std::string_view read_file_name(const JsonFields& fields) {
  if (fields.has("file_name") || !fields.has("coco_url")) return fields.text_or("file_name", "");
  const std::string_view address = fields.text("coco_url");
  const std::size_t name = address.rfind('/');
  if (name == std::string_view::npos || name == 0) return address;
  const std::size_t folder = address.rfind('/', name - 1);
  return folder == std::string_view::npos ? address : address.substr(folder + 1);
}

// Categories that the file does not have cannot be detected, so they need not be told.
std::vector<std::int32_t> read_classes(const JsonFields& fields, const char* key, const AnnotationSet& set) {
  std::vector<std::int32_t> classes;
  if (!fields.has(key)) return classes;
  for (const simdjson::dom::element value : fields.list(key)) {
    if (const std::int32_t found = set.class_of(read_id(value, key)); found >= 0) classes.push_back(found);
  }
  std::sort(classes.begin(), classes.end());
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  return classes;
}

ImageRecord read_image(const JsonFields& fields, const AnnotationSet& set) {
  ImageRecord image;
  read_record_id(fields, image);
  if (fields.has("width") || fields.has("height")) {
    image.width = read_side(fields, "width");
    image.height = read_side(fields, "height");
  }
  if (std::int64_t{image.width} * image.height > std::numeric_limits<std::uint32_t>::max()) {
    throw BrokenElement(fmt::format("{} x {} pixels are more than a mask can count", image.width, image.height));
  }
  image.file_name = read_file_name(fields);
  image.negative_classes = read_classes(fields, "neg_category_ids", set);
  image.not_exhaustive_classes = read_classes(fields, "not_exhaustive_category_ids", set);
  return image;
}

}  // namespace

std::vector<Category> read_categories(const JsonFile& file) {
  const JsonArray& array = file.array("categories");
  std::vector<Category> categories;
  ElementIds ids;
  for_each_element(file, array, [&](const JsonFields& fields, std::int64_t element) {
    categories.push_back(read_category(fields));
    ids.add(categories.back().key(), element);
  });
  if (categories.empty()) file.fail(array.begin, "there are no categories; is this a COCO or LVIS annotation file?");
  ids.check_unique(file, array);
  sort_by_id(categories);
  return categories;
}

std::vector<ImageRecord> read_images(const JsonFile& file, AnnotationSet& set) {
  const JsonArray& array = file.array("images");
  std::vector<ImageRecord> images;
  ElementIds ids;
  for_each_element(file, array, [&](const JsonFields& fields, std::int64_t element) {
    images.push_back(read_image(fields, set));
    const AnnotationId id = images.back().key();
    ids.add(id, element);
    const bool negatives = fields.has("neg_category_ids");
    set.federated = set.federated || negatives;
    if (!negatives) set.gaps.negatives.note(to_json(id));
    if (!fields.has("not_exhaustive_category_ids")) set.gaps.not_exhaustive.note(to_json(id));
  });
  ids.check_unique(file, array);
  sort_by_id(images);
  return images;
}

}  // namespace longtail
