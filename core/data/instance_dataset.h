#pragma once

#include <longtail/export.h>
#include <longtail/sampler.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/data/image.h"
#include "core/data/instance_batch.h"
#include "core/data/instance_transform.h"
#include "core/data/usable_object.h"

namespace longtail {

/// The annotated pictures of a COCO or LVIS set. Immutable after construction: load() may be called from several
/// threads.
class LONGTAIL_API InstanceDataset {
 public:
  struct Options {
    std::string root = ".";                          // folder that the file names are relative to
    std::string root_setting = "data.train_images";  // what a user changes to set it, for messages
    std::string annotations;                         // the file that the set was read from, for messages
    BadImage bad_image = BadImage::stop;
    ImageOptions images{/*exif_orientation=*/true};
    bool training = true;               // augments, and gives targets
    bool filter_empty = true;           // training: leaves out images without objects to learn from
    double min_box_side = kMinBoxSide;  // training: smaller boxes are left out
    std::uint64_t seed = 0;
  };

  /// Throws DataError where an image has no file_name or, in training, no size, the root folder cannot be used, or no
  /// image is left to train on.
  InstanceDataset(Options options, std::shared_ptr<const AnnotationSet> annotations, InstanceTransform transform);

  /// In training those with objects (see filter_empty), otherwise all of the set, in the order of their ids.
  std::int64_t size() const { return static_cast<std::int64_t>(images_.size()); }
  std::int64_t num_classes() const { return annotations_->num_classes(); }
  const AnnotationSet& annotations() const { return *annotations_; }
  const std::string& annotation_file() const { return options_.annotations; }
  const Options& options() const { return options_; }
  const ImageRecord& image(std::int64_t index) const;
  /// Of the image in the middle, by how many times larger training shows it at the middle one of the transform's sizes.
  UsualSides usual_sides() const;
  /// Where the picture lies.
  std::string path(std::int64_t index) const;
  std::vector<std::string> class_names() const;
  /// Objects that training uses, as indices into annotations().objects: no crowds, none marked to be ignored, none
  /// whose box has no room in the image.
  std::vector<std::int64_t> objects(std::int64_t index) const;
  /// The others.
  LeftOutCounts left_out() const;
  /// Of the images and objects that training uses.
  DatasetStatistics statistics() const;

  /// Loads the images `indices`, of which the first one stands at `first_position` in the epoch's order. Augmentation
  /// is a function of (seed, epoch, position), whatever the threads. With BadImage::stop a picture that cannot be read,
  /// or is not of the size that the annotations tell, throws a DataError that names it; with BadImage::skip it is left
  /// out, so that the batch is smaller (possibly empty).
  InstanceBatch load(const std::vector<std::int64_t>& indices, std::int64_t epoch, std::int64_t first_position) const;

  /// What image `i` of a batch shows, without the padding.
  Image picture(const InstanceBatch& batch, std::int64_t i) const;

 private:
  struct Loaded {
    InstanceTransform::Picture picture;
    InstanceView view;
    InputImage input;
  };

  Loaded load_picture(ImageReader& reader, std::int64_t index, std::int64_t epoch, std::int64_t position) const;
  InstanceTargets targets(const InputImage& input) const;
  void assemble(const std::vector<Loaded>& loaded, InstanceBatch& batch) const;

  Options options_;
  std::shared_ptr<const AnnotationSet> annotations_;
  InstanceTransform transform_;
  std::vector<std::int64_t> images_;  // indices into annotations_->images
};

}  // namespace longtail
