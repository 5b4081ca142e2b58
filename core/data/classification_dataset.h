#pragma once

#include <ATen/ATen.h>
#include <longtail/export.h>
#include <longtail/sampler.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/data/image_list.h"
#include "core/data/transforms.h"

namespace longtail {

struct ClassificationBatch {
  at::Tensor images;                  // [N, 3, size, size] float
  at::Tensor labels;                  // [N] int64
  std::vector<std::int64_t> indices;  // [N] into the dataset
  /// Pictures left out because they could not be read (`bad_image: skip`), and why: a line each.
  std::int64_t skipped = 0;
  std::vector<std::string> problems;
  std::vector<std::string> warnings;  // about pictures that could be read
};

/// The pictures of a list file. Immutable after construction: load() may be called from several threads.
class LONGTAIL_API ClassificationDataset {
 public:
  struct Options {
    std::string root = ".";        // folder that the list's paths are relative to
    std::string list;              // list file
    std::int64_t num_classes = 0;  // 0: one more than the largest label
    std::string class_names;       // file with a name a line; "" = the labels
    BadImage bad_image = BadImage::stop;
    ImageOptions images;
    bool training = true;  // which side of the transform is used
    std::uint64_t seed = 0;
  };

  /// Throws DataError where the list, the root folder or the class names cannot be used.
  ClassificationDataset(Options options, std::shared_ptr<const Transform> transform);

  std::int64_t size() const { return list_.size(); }
  std::int64_t num_classes() const { return list_.num_classes; }
  const std::vector<std::string>& class_names() const { return class_names_; }
  const ImageList& list() const { return list_; }
  /// Images of each class, [C].
  std::vector<std::int64_t> class_counts() const;
  DatasetStatistics statistics() const;
  /// Where the picture lies.
  std::string path(std::int64_t index) const;
  /// The median over a few images.
  UsualSides usual_sides() const;
  const Options& options() const { return options_; }

  /// Loads the samples `indices`, of which the first one stands at `first_position` in the epoch's order. Augmentation
  /// is a function of (seed, epoch, position). With BadImage::stop a picture that cannot be read throws a DataError
  /// that names it; with BadImage::skip it is dropped, so that the batch is smaller (possibly empty) and no other
  /// picture counts twice, in training as in evaluation.
  ClassificationBatch load(const std::vector<std::int64_t>& indices, std::int64_t epoch,
                           std::int64_t first_position) const;

 private:
  Options options_;
  ImageList list_;
  std::vector<std::string> class_names_;
  std::shared_ptr<const Transform> transform_;
};

}  // namespace longtail
