#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/evaluation/detection_evaluator.h"

namespace longtail::test {

/// What tests/oracle/made_detections.py makes, number for number; its comments say what the fields are.
struct MadeVariant {
  std::uint64_t seed;
  std::int64_t copies, noise;
  double jitter;
  std::int64_t scores;
  bool box, mask, strange;
};

inline const std::map<std::string, MadeVariant>& made_variants() {
  static const std::map<std::string, MadeVariant> variants{
      {"noise", {1, 2, 20, 0.5, 1000, true, true, false}},
      {"ties", {2, 3, 10, 0.0, 3, true, true, false}},
      {"crowded", {3, 2, 330, 0.3, 50, true, true, false}},
      {"near_perfect", {4, 1, 0, 0.02, 100000, true, true, false}},
      {"masks_only", {5, 2, 15, 0.3, 100, false, true, false}},
      {"boxes_only", {6, 2, 15, 0.3, 100, true, false, false}},
      {"strange", {7, 2, 40, 0.3, 100, true, true, true}},
  };
  return variants;
}

class MadeDetections {
 public:
  MadeDetections(const MadeVariant& variant, const AnnotationSet& set)
      : variant_(variant), set_(set), state_(variant.seed) {}

  /// Those of the next image in ascending order.
  std::vector<DetectionRecord> next(std::int64_t image) {
    const ImageRecord& record = set_.images[static_cast<std::size_t>(image)];
    std::vector<DetectionRecord> out;
    for (std::int64_t o = record.first_object; o < record.first_object + record.num_objects; ++o) {
      const ObjectRecord& object = set_.objects[static_cast<std::size_t>(o)];
      for (std::int64_t copies = below(variant_.copies + 1); copies > 0; --copies) {
        std::int32_t class_index = object.class_index;
        if (below(10) >= 8) class_index = any_class();
        out.push_back(detection(record, class_index, jittered(object.box), o));
      }
    }
    for (std::int64_t i = 0; i < variant_.noise; ++i) {
      const std::int32_t class_index = any_class();
      BoxXywh box;
      box.x = uniform() * record.width * 0.9;
      box.y = uniform() * record.height * 0.9;
      box.w = 1 + uniform() * record.width * 0.3;
      box.h = 1 + uniform() * record.height * 0.3;
      out.push_back(detection(record, class_index, box, -1));
    }
    return out;
  }

 private:
  std::int64_t draw() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::int64_t>(state_ >> 33);
  }
  double uniform() { return static_cast<double>(draw()) / 2147483648.0; }
  std::int64_t below(std::int64_t count) { return draw() % count; }
  std::int32_t any_class() { return static_cast<std::int32_t>(below(set_.num_classes())); }

  BoxXywh jittered(const BoxXywh& box) {
    const double dx = (uniform() - 0.5) * variant_.jitter * box.w;
    const double dy = (uniform() - 0.5) * variant_.jitter * box.h;
    const double sw = 1 + (uniform() - 0.5) * variant_.jitter;
    const double sh = 1 + (uniform() - 0.5) * variant_.jitter;
    return {box.x + dx, box.y + dy, box.w * sw, box.h * sh};
  }

  static Rle hexagon(const BoxXywh& b, const ImageRecord& image) {
    const double xy[] = {b.x + b.w * 0.25, b.y,       b.x + b.w * 0.75, b.y,       b.x + b.w, b.y + b.h * 0.5,
                         b.x + b.w * 0.75, b.y + b.h, b.x + b.w * 0.25, b.y + b.h, b.x,       b.y + b.h * 0.5};
    return rle_from_polygon(xy, 6, image.height, image.width);
  }

  DetectionRecord detection(const ImageRecord& image, std::int32_t class_index, BoxXywh box, std::int64_t object) {
    DetectionRecord out;
    out.class_index = class_index;
    out.score = static_cast<double>(below(variant_.scores)) / static_cast<double>(variant_.scores);
    const bool zero_area = variant_.strange && below(10) == 0;
    const bool keep_mask = object >= 0 && below(2) == 0;
    if (variant_.strange && below(10) == 0) {
      below(3);
      out.class_index = -1;
    }
    if (variant_.mask) out.mask = keep_mask ? set_.mask(object) : hexagon(box, image);
    out.has_box = variant_.box;
    if (zero_area) box.w = 0;
    if (variant_.box) out.box = box;
    return out;
  }

  const MadeVariant& variant_;
  const AnnotationSet& set_;
  std::uint64_t state_;
};

}  // namespace longtail::test
