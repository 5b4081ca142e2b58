#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <longtail/catalog.h>
#include <longtail/export.h>
#include <longtail/module.h>

namespace longtail {

struct CalibrationContext {
  const Catalog* catalog = nullptr;
  std::int64_t num_classes = 0;
  bool has_background = false;
  std::vector<std::int64_t> instance_counts;  // [C] objects of the training set (images, in classification); or empty
  std::vector<std::int64_t> image_counts;     // [C] training images with the class; or empty
  Tensor confusion_matrix;  // [C, C] of the trained run (row = ground truth), or undefined when it kept none
  /// Tells the user something that is no error, in one line. Empty: nobody listens.
  std::function<void(const std::string&)> warn;
};

/// Re-scores at test time.
class LONGTAIL_API Calibration {
 public:
  using Context = CalibrationContext;
  static constexpr std::string_view kind = "calibration";

  virtual ~Calibration();
  /// scores [N, C (+ 1)], background last -> the same shape.
  virtual Tensor apply(const Tensor& scores) const = 0;
};

/// PluginError that names the shapes, unless `scores` is [N, C] or, with a background, [N, C + 1].
LONGTAIL_API void check_scores(const Tensor& scores, std::int64_t num_classes, bool has_background);

}  // namespace longtail
