#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>

#include "core/annotations/annotation_reader.h"
#include "core/annotations/json_elements.h"
#include "core/annotations/outlines.h"
#include "core/system/huge_pages.h"
#include "core/system/workers.h"

namespace longtail {
namespace {

constexpr std::size_t kExamples = 5;

struct ParsedObject {
  ObjectRecord record;
  std::int32_t image = 0;
  std::int64_t element = 0;
};

/// What a piece of the file holds; outlines are counted from its own beginning.
struct ParsedPiece {
  struct Problem {
    std::int64_t element;
    std::string text;
  };
  std::vector<ParsedObject> objects;
  Outlines outlines;
  std::vector<Problem> problems;
};

BoxXywh read_box(const JsonFields& fields, const ImageRecord& image) {
  double v[4];
  read_numbers(fields.list("bbox"), "bbox", 4, v);
  const BoxXywh box{v[0], v[1], v[2], v[3]};
  if (box.w < 0 || box.h < 0) throw BrokenElement(fmt::format("its box is {} x {} pixels", box.w, box.h));
  const double width = std::min<double>(box.x + box.w, image.width) - std::max(box.x, 0.0);
  const double height = std::min<double>(box.y + box.h, image.height) - std::max(box.y, 0.0);
  if (width < 0 || height < 0 || (width == 0 && box.w > 0) || (height == 0 && box.h > 0)) {
    throw BrokenElement(fmt::format("its box ({}, {}, {}, {}) lies outside of the image of {} x {}", box.x, box.y,
                                    box.w, box.h, image.width, image.height));
  }
  return box;
}

/// Parses pieces of the annotations, each on its own.
class ObjectParser {
 public:
  ObjectParser(const JsonFile& file, const JsonArray& array, const AnnotationSet& set, BadAnnotation policy)
      : file_(file), array_(array), set_(set), policy_(policy) {
    for (std::size_t i = 0; i < set.images.size(); ++i) image_of_[set.images[i].id] = static_cast<std::int32_t>(i);
    for (std::size_t c = 0; c < set.categories.size(); ++c) {
      class_of_[set.categories[c].id] = static_cast<std::int32_t>(c);
    }
  }

  void parse(const JsonPiece& piece, PieceParser& parser, ParsedPiece& out) const {
    out.objects.clear();
    out.outlines.clear();
    out.problems.clear();
    std::int64_t element = piece.first;
    for (const simdjson::dom::element value : parser.parse(file_, array_, piece)) {
      try {
        ParsedObject object = parse_object(JsonFields(value), out.outlines);
        object.element = element;
        out.objects.push_back(object);
      } catch (const BrokenElement& error) {
        if (policy_ == BadAnnotation::stop) {
          throw DataError(
              fmt::format("{}{}; correct the file, or skip broken objects (data.bad_annotation: skip; "
                          "evaluate --skip-broken)",
                          file_.place(array_, element), error.what()));
        }
        out.problems.push_back({element, error.what()});
      }
      ++element;
    }
    file_.release(piece.begin, piece.end);
  }

 private:
  ParsedObject parse_object(const JsonFields& fields, Outlines& outlines) const {
    ParsedObject object;
    object.record.id = fields.integer("id");
    object.image = find(image_of_, fields, "image_id", "images");
    object.record.class_index = find(class_of_, fields, "category_id", "categories");
    const ImageRecord& image = set_.images[static_cast<std::size_t>(object.image)];
    object.record.box = read_box(fields, image);
    object.record.area = fields.number("area");
    object.record.crowd = fields.flag("iscrowd");
    object.record.ignore = fields.flag("ignore");
    if (fields.has("segmentation")) {
      object.record.segmentation = outlines.add(fields.value("segmentation"), image.height, image.width);
    }
    return object;
  }

  static std::int32_t find(const absl::flat_hash_map<std::int64_t, std::int32_t>& known, const JsonFields& fields,
                           const char* key, const char* where) {
    const std::int64_t id = fields.integer(key);
    const auto found = known.find(id);
    if (found == known.end()) throw BrokenElement(fmt::format("{} {} is not one of the {}", key, id, where));
    return found->second;
  }

  const JsonFile& file_;
  const JsonArray& array_;
  const AnnotationSet& set_;
  BadAnnotation policy_;
  absl::flat_hash_map<std::int64_t, std::int32_t> image_of_, class_of_;
};

/// Joins the pieces in the file's order.
class ObjectCollector {
 public:
  ObjectCollector(const JsonFile& file, const JsonArray& array, AnnotationSet& set, AnnotationProblems& problems)
      : file_(file), array_(array), set_(set), problems_(problems) {
    reserve_in_huge_pages(objects_, static_cast<std::size_t>(array.elements));
  }

  void add(const JsonPiece& piece, const ParsedPiece& parsed) {
    const double share = static_cast<double>(piece.first + piece.elements) / static_cast<double>(array_.elements);
    const auto coordinates_before = static_cast<std::int64_t>(set_.coordinates.size());
    const auto polygons_before = static_cast<std::int64_t>(set_.polygon_ends.size());
    const auto counts_before = static_cast<std::int64_t>(set_.rle_counts.size());
    append(parsed.outlines.coordinates, 0.0, share, set_.coordinates);
    append(parsed.outlines.polygon_ends, coordinates_before, share, set_.polygon_ends);
    append(parsed.outlines.rle_counts, 0U, share, set_.rle_counts);
    for (ParsedObject object : parsed.objects) {
      SegmentationRef& ref = object.record.segmentation;
      const bool rle = ref.form == SegmentationRef::Form::rle;
      ref.begin += rle ? counts_before : polygons_before;
      ref.end += rle ? counts_before : polygons_before;
      objects_.push_back(object);
    }
    for (const ParsedPiece::Problem& problem : parsed.problems) {
      if (problems_.examples.size() < kExamples) {
        problems_.examples.push_back(file_.place(array_, problem.element) + problem.text);
      }
      ++problems_.skipped;
    }
  }

  /// Checks the ids and puts the objects in the order of their images.
  void finish() {
    std::vector<ElementId> ids;
    ids.reserve(objects_.size());
    for (const ParsedObject& object : objects_) ids.push_back({object.record.id, object.element});
    check_unique(file_, array_, std::move(ids));
    for (const ParsedObject& object : objects_) ++set_.images[static_cast<std::size_t>(object.image)].num_objects;
    std::vector<std::size_t> place(set_.images.size());
    std::int64_t first = 0;
    for (std::size_t i = 0; i < set_.images.size(); ++i) {
      set_.images[i].first_object = first;
      place[i] = static_cast<std::size_t>(first);
      first += set_.images[i].num_objects;
    }
    reserve_in_huge_pages(set_.objects, objects_.size());
    set_.objects.resize(objects_.size());
    for (const ParsedObject& object : objects_) {
      set_.objects[place[static_cast<std::size_t>(object.image)]++] = object.record;
    }
  }

 private:
  // When it has to grow, it grows to what the whole file will need, going by the share that was read: growing by
  // doubling would need twice the memory.
  template <class T, class Offset>
  static void append(const std::vector<T>& values, Offset offset, double share, std::vector<T>& to) {
    const std::size_t needed = to.size() + values.size();
    if (needed > to.capacity()) {
      reserve_in_huge_pages(to, std::max(needed, static_cast<std::size_t>(1.05 * static_cast<double>(needed) / share)));
    }
    for (const T value : values) to.push_back(static_cast<T>(value + offset));
  }

  const JsonFile& file_;
  const JsonArray& array_;
  AnnotationSet& set_;
  AnnotationProblems& problems_;
  std::vector<ParsedObject> objects_;
};

}  // namespace

void read_objects(const JsonFile& file, BadAnnotation policy, AnnotationProblems& problems, AnnotationSet& set) {
  const JsonArray& array = file.array("annotations");
  const ObjectParser objects(file, array, set, policy);
  ObjectCollector collector(file, array, set, problems);
  const auto pieces = static_cast<std::int64_t>(array.pieces.size());
  const auto workers = static_cast<std::size_t>(workers_for(pieces, 0));
  std::vector<PieceParser> parsers(workers);
  std::vector<ParsedPiece> parsed(workers);
  for_each_in_order(
      pieces, 0,
      [&](std::int64_t i, int worker) {
        const auto w = static_cast<std::size_t>(worker);
        objects.parse(array.pieces[static_cast<std::size_t>(i)], parsers[w], parsed[w]);
      },
      [&](std::int64_t i, int worker) {
        collector.add(array.pieces[static_cast<std::size_t>(i)], parsed[static_cast<std::size_t>(worker)]);
      });
  collector.finish();
}

}  // namespace longtail
