#pragma once

#include <longtail/export.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/annotations/annotation_id.h"
#include "core/annotations/rle.h"

namespace longtail {

/// A class as the file tells it. Classes are numbered 0 ... C-1 in ascending order of `id`.
struct Category : WithId {
  std::string name;   // the id where the file has none
  bool named = true;  // the file has one
  std::string supercategory;
  char frequency = 0;            // 'r', 'c', 'f', or 0 where the file has none (COCO)
  std::int64_t image_count = 0;  // as the file tells it; counted from the objects where it does not
  std::int64_t instance_count = 0;
  bool counts_told = false;  // the file tells them: in LVIS's files those of the training set
};

/// Whether they may be one class: by their names where both have one, else by their ids.
LONGTAIL_API bool same_class(const Category& a, const Category& b);

struct ImageRecord : WithId {
  std::int32_t width = 0;  // 0 where the file does not tell the size; evaluation of boxes needs none
  std::int32_t height = 0;
  std::string file_name;  // relative to the images' folder (from coco_url where LVIS v1 has no file_name); may be empty
  std::vector<std::int32_t> negative_classes;        // class indices; LVIS only
  std::vector<std::int32_t> not_exhaustive_classes;  // class indices; LVIS only
  std::int64_t first_object = 0;                     // objects of an image lie side by side
  std::int64_t num_objects = 0;
};

/// Where an object's outline lies in the set's arenas.
struct SegmentationRef {
  enum class Form : std::uint8_t { none, polygons, rle };
  Form form = Form::none;
  std::int64_t begin = 0;  // polygons: first entry of polygon_ends; rle: first count
  std::int64_t end = 0;    // past the last one
};

struct ObjectRecord {
  std::int64_t id = 0;  // -1 where the file has none, or a text (AnnotationSet::object_text_ids)
  std::int32_t class_index = 0;
  bool crowd = false;   // iscrowd
  bool ignore = false;  // ignore
  double area = 0;      // as the file tells it; else of the outline, or of the box
  BoxXywh box;          // as the file tells it; else around the outline
  SegmentationRef segmentation;
};

/// What a file leaves out: how often, and where first.
struct Gap {
  std::int64_t count = 0;
  std::string first;

  void note(const std::string& where) {
    if (count++ == 0) first = where;
  }
};

/// What a file leaves out that numbers depend on.
struct AnnotationGaps {
  Gap frequency;       // categories without
  Gap negatives;       // images without neg_category_ids
  Gap not_exhaustive;  // images without not_exhaustive_category_ids
  Gap area;            // objects whose area was computed
  Gap box;             // objects whose box was computed
};

/// Annotations of a COCO, LVIS v0.5 or LVIS v1 file in compact form. Images ascend by id; the objects of an image keep
/// the file's order.
struct LONGTAIL_API AnnotationSet {
  std::vector<Category> categories;
  std::vector<ImageRecord> images;
  std::vector<ObjectRecord> objects;
  // Arenas. Polygon p of an object spans coordinates[polygon_ends[p - 1], polygon_ends[p]) (0 before the first).
  std::vector<double> coordinates;
  std::vector<std::int64_t> polygon_ends;
  std::vector<std::uint32_t> rle_counts;
  std::vector<std::string> object_text_ids;  // [objects], "" for numbers; empty: every id is a number
  bool federated = false;                    // an image has neg_category_ids: not every class is labelled everywhere
  bool is_lvis = false;                      // federated, and a category has a frequency
  AnnotationGaps gaps;

  std::int64_t num_classes() const { return static_cast<std::int64_t>(categories.size()); }
  /// Index of a category id, or -1.
  std::int32_t class_of(const AnnotationId& category_id) const;
  /// Index into images of an image id, or -1.
  std::int64_t image_of(const AnnotationId& image_id) const;
  const ImageRecord& image_of_object(std::int64_t object) const;
  /// The object's mask at its image's size: polygons are united. Empty (area 0) without an outline.
  Rle mask(std::int64_t object) const;
};

/// Whether any object has one.
LONGTAIL_API bool has_outlines(const AnnotationSet& set);
/// How many objects have none.
LONGTAIL_API std::int64_t count_without_outline(const AnnotationSet& set);

/// Throws DataError for the first image that has no file_name, which its picture is found by.
LONGTAIL_API void require_file_names(const AnnotationSet& set, const std::string& file);
/// Throws DataError for the first image that has no width and height, which `what` needs.
LONGTAIL_API void require_sizes(const AnnotationSet& set, const std::string& file, const std::string& what);

/// What to do about a broken object: stop at the first, or leave it out and count.
enum class BadAnnotation { stop, skip };

struct AnnotationProblems {
  std::int64_t skipped = 0;           // objects
  std::int64_t polygons = 0;          // and whole outlines, of objects that stay
  std::vector<std::string> examples;  // the first few, one line each

  bool any() const { return skipped > 0 || polygons > 0; }
  std::int64_t count() const { return skipped + polygons; }
};
/// "2 broken objects and 1 broken polygon"
LONGTAIL_API std::string to_string(const AnnotationProblems& problems);

/// Reads a file (JSON, plain or gzip). Throws DataError that names the file and the place: JSON cut in the middle (byte
/// and line), a missing key, an unknown category or image, duplicate ids, an RLE of the wrong size. With
/// BadAnnotation::skip a broken OBJECT (box outside of the image, NaN, unknown category ...) is left out and counted in
/// `problems`, and so is a broken POLYGON (two points ...) or outline (no list of polygons, an RLE of the wrong size
/// ...), without its object, unless that has no box but its outline's; duplicate ids and broken JSON always stop.
LONGTAIL_API AnnotationSet read_annotations(const std::string& path, BadAnnotation policy = BadAnnotation::stop,
                                            AnnotationProblems* problems = nullptr);

}  // namespace longtail
