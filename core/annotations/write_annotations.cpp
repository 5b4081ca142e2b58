#include "core/annotations/write_annotations.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iterator>
#include <nlohmann/json.hpp>

namespace longtail {
namespace {

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// One line an element: large files stay readable, and differences too.
class LvisWriter {
 public:
  LvisWriter(const AnnotationSet& set, const AnnotationNotes& notes) : set_(set), notes_(notes) {}

  std::string write() {
    add("{{\n\"info\": {{\"description\": {}, \"version\": \"1\"}},\n", quoted(notes_.description));
    add("\"licenses\": [{{\"id\": 1, \"name\": {}, \"url\": {}}}],\n", quoted(notes_.license),
        quoted(notes_.license_url));
    list("categories", set_.categories, [this](const Category& category) { write_category(category); });
    text_ += ",\n";
    list("images", set_.images, [this](const ImageRecord& image) { write_image(image); });
    text_ += ",\n";
    image_ = 0;
    list("annotations", set_.objects, [this](const ObjectRecord& object) { write_object(object); });
    text_ += "\n}\n";
    return std::move(text_);
  }

 private:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
  }

  template <class Element, class Write>
  void list(const char* name, const std::vector<Element>& elements, const Write& write) {
    add("\"{}\": [", name);
    for (const Element& element : elements) {
      text_ += &element == elements.data() ? "\n" : ",\n";
      write(element);
    }
    text_ += "\n]";
  }

  void write_category(const Category& category) {
    const std::string name = quoted(category.name);
    add("{{\"id\": {}, \"name\": {}, \"synset\": {}, \"synonyms\": [{}], \"def\": {}, \"supercategory\": {}, ",
        to_json(category.key()), name, quoted(category.name + ".n.01"), name,
        quoted("a kind of " + category.supercategory), quoted(category.supercategory));
    if (category.frequency != 0) add("\"frequency\": \"{}\", ", category.frequency);
    add("\"image_count\": {}, \"instance_count\": {}}}", category.image_count, category.instance_count);
  }

  std::vector<std::string> ids(const std::vector<std::int32_t>& classes) const {
    std::vector<std::string> ids;
    for (const std::int32_t c : classes) ids.push_back(class_id(c));
    return ids;
  }
  std::string class_id(std::int32_t c) const { return to_json(set_.categories[static_cast<std::size_t>(c)].key()); }

  void write_image(const ImageRecord& image) {
    add("{{\"id\": {}, \"width\": {}, \"height\": {}, \"file_name\": {}, \"license\": 1, \"coco_url\": \"\", "
        "\"flickr_url\": \"\", \"date_captured\": \"\", ",
        to_json(image.key()), image.width, image.height, quoted(image.file_name));
    add("\"neg_category_ids\": [{}], \"not_exhaustive_category_ids\": [{}]}}",
        fmt::join(ids(image.negative_classes), ", "), fmt::join(ids(image.not_exhaustive_classes), ", "));
  }

  void write_object(const ObjectRecord& object) {
    const std::int64_t index = &object - set_.objects.data();
    while (set_.images[image_].first_object + set_.images[image_].num_objects <= index) ++image_;
    const ImageRecord& image = set_.images[image_];
    add("{{\"id\": {}, \"image_id\": {}, \"category_id\": {}, \"bbox\": [{}, {}, {}, {}], \"area\": {}, ",
        object_id(index), to_json(image.key()), class_id(object.class_index), object.box.x, object.box.y, object.box.w,
        object.box.h, object.area);
    text_ += "\"segmentation\": ";
    write_segmentation(object.segmentation, image);
    text_ += "}";
  }

  std::string object_id(std::int64_t index) const {
    const auto at = static_cast<std::size_t>(index);
    const bool text = !set_.object_text_ids.empty() && !set_.object_text_ids[at].empty();
    return to_json(text ? AnnotationId(set_.object_text_ids[at]) : AnnotationId(set_.objects[at].id));
  }

  void write_segmentation(const SegmentationRef& ref, const ImageRecord& image) {
    if (ref.form == SegmentationRef::Form::rle) {
      Rle rle{image.height, image.width, {}};
      rle.counts.assign(set_.rle_counts.begin() + ref.begin, set_.rle_counts.begin() + ref.end);
      add("{{\"size\": [{}, {}], \"counts\": {}}}", image.height, image.width, quoted(rle_to_string(rle)));
      return;
    }
    text_ += "[";
    for (std::int64_t polygon = ref.begin; polygon < ref.end; ++polygon) {
      const std::int64_t begin = polygon > 0 ? set_.polygon_ends[static_cast<std::size_t>(polygon - 1)] : 0;
      const std::int64_t end = set_.polygon_ends[static_cast<std::size_t>(polygon)];
      const auto first = set_.coordinates.begin();
      add("{}[{}]", polygon > ref.begin ? ", " : "", fmt::join(first + begin, first + end, ", "));
    }
    text_ += "]";
  }

  const AnnotationSet& set_;
  const AnnotationNotes& notes_;
  std::size_t image_ = 0;  // of the object being written
  std::string text_;
};

}  // namespace

std::string to_lvis_json(const AnnotationSet& set, const AnnotationNotes& notes) {
  return LvisWriter(set, notes).write();
}

}  // namespace longtail
