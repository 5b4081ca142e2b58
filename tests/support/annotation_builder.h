#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/annotations/annotation_set.h"

namespace longtail::testing {

/// Annotations made by hand. Images and categories are to be added in ascending order of their ids; objects belong to
/// the image that was added last.
class AnnotationBuilder {
 public:
  AnnotationBuilder& category(std::int64_t id, std::string name) {
    set_.categories.emplace_back();
    set_.categories.back().id = id;
    set_.categories.back().name = std::move(name);
    return *this;
  }

  AnnotationBuilder& image(std::int64_t id, std::int32_t width, std::int32_t height, std::string file = "") {
    ImageRecord image;
    image.id = id;
    image.width = width;
    image.height = height;
    image.file_name = std::move(file);
    image.first_object = static_cast<std::int64_t>(set_.objects.size());
    set_.images.push_back(std::move(image));
    return *this;
  }

  /// An object without an outline.
  AnnotationBuilder& object(std::int32_t class_index, const BoxXywh& box, bool crowd = false) {
    ObjectRecord object;
    object.id = static_cast<std::int64_t>(set_.objects.size()) + 1;
    object.class_index = class_index;
    object.crowd = crowd;
    object.box = box;
    object.area = box.w * box.h;
    set_.objects.push_back(object);
    ++set_.images.back().num_objects;
    return *this;
  }

  /// Gives the last object polygons, x0 y0 x1 y1 ... each.
  AnnotationBuilder& polygons(const std::vector<std::vector<double>>& polygons) {
    SegmentationRef& ref = set_.objects.back().segmentation;
    ref = {SegmentationRef::Form::polygons, static_cast<std::int64_t>(set_.polygon_ends.size()), 0};
    for (const auto& polygon : polygons) {
      set_.coordinates.insert(set_.coordinates.end(), polygon.begin(), polygon.end());
      set_.polygon_ends.push_back(static_cast<std::int64_t>(set_.coordinates.size()));
    }
    ref.end = static_cast<std::int64_t>(set_.polygon_ends.size());
    return *this;
  }

  /// Gives the last object a mask of run lengths.
  AnnotationBuilder& rle(const std::vector<std::uint32_t>& counts) {
    SegmentationRef& ref = set_.objects.back().segmentation;
    ref = {SegmentationRef::Form::rle, static_cast<std::int64_t>(set_.rle_counts.size()), 0};
    set_.rle_counts.insert(set_.rle_counts.end(), counts.begin(), counts.end());
    ref.end = static_cast<std::int64_t>(set_.rle_counts.size());
    return *this;
  }

  AnnotationSet& set() { return set_; }

 private:
  AnnotationSet set_;
};

}  // namespace longtail::testing
