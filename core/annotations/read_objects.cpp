#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/annotations/annotation_reader.h"
#include "core/annotations/id_index.h"
#include "core/annotations/json_elements.h"
#include "core/annotations/outline_measures.h"
#include "core/annotations/outlines.h"
#include "core/system/huge_pages.h"
#include "core/system/workers.h"

namespace longtail {
namespace {

constexpr std::size_t kExamples = 5;
constexpr std::int64_t kNoId = -1;

struct ParsedObject {
  ObjectRecord record;
  std::int32_t image = 0;
  bool computed_area = false, computed_box = false;
  std::int64_t element = 0;
};

/// What a piece of the file holds; outlines are counted from its own beginning.
struct ParsedPiece {
  struct Problem {
    std::int64_t element;
    std::string text;
    bool object;  // or one of its polygons, or its outline
  };
  std::vector<ParsedObject> objects;
  std::vector<std::pair<std::size_t, std::string>> text_ids;  // of objects[first]
  Outlines outlines;
  std::vector<Problem> problems;

  void clear() {
    objects.clear();
    text_ids.clear();
    outlines.clear();
    problems.clear();
  }
};

// COCO's tools take an empty list for none.
bool has_box(const JsonFields& fields) { return fields.has("bbox") && fields.list("bbox").size() > 0; }

/// A box may touch the image from outside: what reads pixels clips it.
BoxXywh read_box(const JsonFields& fields, const ImageRecord& image) {
  double v[4];
  read_numbers(fields.list("bbox"), "bbox", 4, v);
  const BoxXywh box{v[0], v[1], v[2], v[3]};
  if (box.w < 0 || box.h < 0) throw BrokenElement(fmt::format("its box is {} x {} pixels", box.w, box.h));
  const double width = std::min<double>(box.x + box.w, image.width) - std::max(box.x, 0.0);
  const double height = std::min<double>(box.y + box.h, image.height) - std::max(box.y, 0.0);
  if (image.width > 0 && (width < 0 || height < 0)) {
    throw BrokenElement(fmt::format("its box ({}, {}, {}, {}) lies outside of the image of {} x {}", box.x, box.y,
                                    box.w, box.h, image.width, image.height));
  }
  return box;
}

/// Parses pieces of the annotations, each on its own.
class ObjectParser {
 public:
  ObjectParser(const JsonFile& file, const JsonArray& array, const AnnotationSet& set, BadAnnotation policy)
      : file_(file), array_(array), set_(set), policy_(policy), images_(set.images), classes_(set.categories) {}

  void parse(const JsonPiece& piece, PieceParser& parser, ParsedPiece& out) const {
    out.clear();
    std::int64_t element = piece.first;
    for (const simdjson::dom::element value : parser.parse(file_, array_, piece)) {
      const std::size_t problems_before = out.problems.size();
      try {
        parse_object(JsonFields(value), element, out);
      } catch (const BrokenElement& error) {
        if (policy_ == BadAnnotation::stop) {
          throw DataError(
              fmt::format("{}{}; correct the file, or skip broken objects (data.bad_annotation: skip; "
                          "evaluate --skip-broken)",
                          file_.place(array_, element), error.what()));
        }
        note_broken_object(element, error.what(), problems_before, out.problems);
      }
      ++element;
    }
    file_.release(piece.begin, piece.end);
  }

 private:
  /// The object goes with its polygons, of which broken ones have been noted since: they are only why.
  static void note_broken_object(std::int64_t element, std::string text, std::size_t problems_before,
                                 std::vector<ParsedPiece::Problem>& problems) {
    if (problems.size() > problems_before) {
      text += ": " + problems[problems_before].text;
      problems.erase(problems.begin() + static_cast<std::ptrdiff_t>(problems_before), problems.end());
    }
    problems.push_back({element, std::move(text), true});
  }

  void parse_object(const JsonFields& fields, std::int64_t element, ParsedPiece& out) const {
    ParsedObject object;
    object.element = element;
    object.image = find(images_, fields, "image_id", "images");
    object.record.class_index = find(classes_, fields, "category_id", "categories");
    const ImageRecord& image = set_.images[static_cast<std::size_t>(object.image)];
    const AnnotationId id = fields.has("id") ? fields.id("id") : AnnotationId(kNoId);
    object.record.id = id.is_text() ? kNoId : id.number;
    object.record.crowd = fields.flag("iscrowd");
    object.record.ignore = fields.flag("ignore");
    object.computed_box = !has_box(fields);
    if (!object.computed_box) object.record.box = read_box(fields, image);
    object.computed_area = !fields.has("area");
    if (!object.computed_area) object.record.area = fields.number("area");
    if (fields.has("segmentation")) object.record.segmentation = read_outline(fields, image, element, out);
    measure(object, image, out.outlines);
    if (id.is_text()) out.text_ids.emplace_back(out.objects.size(), id.text);
    out.objects.push_back(object);
  }

  SegmentationRef read_outline(const JsonFields& fields, const ImageRecord& image, std::int64_t element,
                               ParsedPiece& out) const {
    std::vector<std::string> broken;
    const SegmentationRef ref = out.outlines.add(fields.value("segmentation"), image.height, image.width,
                                                 policy_ == BadAnnotation::skip ? &broken : nullptr);
    for (std::string& text : broken) out.problems.push_back({element, std::move(text), false});
    return ref;
  }

  /// Fills in what the file does not tell.
  static void measure(ParsedObject& object, const ImageRecord& image, const Outlines& outlines) {
    ObjectRecord& record = object.record;
    const SegmentationRef& ref = record.segmentation;
    const bool outlined = ref.form != SegmentationRef::Form::none;
    if (object.computed_box) {
      if (!outlined) throw BrokenElement("has neither 'bbox' nor 'segmentation'");
      if (ref.form == SegmentationRef::Form::rle && image.height == 0) {
        throw BrokenElement("has no 'bbox', and its image no size to find it from run lengths");
      }
      record.box = box_around_outline(outlines, ref, image.height, image.width);
    }
    if (!object.computed_area) return;
    record.area = outlined ? area_of_outline(outlines, ref, image.height, image.width) : record.box.w * record.box.h;
  }

  static std::int32_t find(const IdIndex& known, const JsonFields& fields, const char* key, const char* where) {
    const AnnotationId id = fields.id(key);
    const std::int32_t found = known.find(id);
    if (found >= 0) return found;
    throw BrokenElement(fmt::format("{} {} is not one of the {}{}", key, to_json(id), where, known.hint(id)));
  }

  const JsonFile& file_;
  const JsonArray& array_;
  const AnnotationSet& set_;
  BadAnnotation policy_;
  const IdIndex images_, classes_;
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
    for (const auto& [object, id] : parsed.text_ids) text_ids_.emplace_back(objects_.size() + object, id);
    for (ParsedObject object : parsed.objects) {
      SegmentationRef& ref = object.record.segmentation;
      const bool rle = ref.form == SegmentationRef::Form::rle;
      ref.begin += rle ? counts_before : polygons_before;
      ref.end += rle ? counts_before : polygons_before;
      note_gaps(object);
      objects_.push_back(object);
    }
    for (const ParsedPiece::Problem& problem : parsed.problems) {
      if (problems_.examples.size() < kExamples) {
        problems_.examples.push_back(file_.place(array_, problem.element) + problem.text);
      }
      ++(problem.object ? problems_.skipped : problems_.polygons);
    }
  }

  /// Checks the ids and puts the objects in the order of their images.
  void finish() {
    check_ids();
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
    if (!text_ids_.empty()) set_.object_text_ids.resize(objects_.size());
    auto text_id = text_ids_.begin();
    for (std::size_t i = 0; i < objects_.size(); ++i) {
      const std::size_t at = place[static_cast<std::size_t>(objects_[i].image)]++;
      set_.objects[at] = objects_[i].record;
      if (text_id == text_ids_.end() || text_id->first != i) continue;
      set_.object_text_ids[at] = std::move(text_id->second);
      ++text_id;
    }
  }

 private:
  void check_ids() const {
    ElementIds ids;
    auto text_id = text_ids_.begin();
    for (std::size_t i = 0; i < objects_.size(); ++i) {
      if (text_id != text_ids_.end() && text_id->first == i) {
        ids.add(text_id->second, objects_[i].element);
        ++text_id;
      } else if (objects_[i].record.id != kNoId) {
        ids.add(objects_[i].record.id, objects_[i].element);
      }
    }
    ids.check_unique(file_, array_);
  }

  void note_gaps(const ParsedObject& object) {
    const auto where = [&] { return fmt::format("annotations[{}]", object.element); };
    if (object.computed_area) set_.gaps.area.note(where());
    if (object.computed_box) set_.gaps.box.note(where());
  }

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
  std::vector<std::pair<std::size_t, std::string>> text_ids_;  // of objects_[first], ascending
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
