#include "core/engine/instance_segmentation_config.h"

namespace longtail {

void InstanceDataConfig::bind(ParamBinder& p) {
  p("train", train, "Annotations of the training images (LVIS or COCO JSON); not needed to evaluate");
  p("val", val, "Annotations of the test images");
  p("train_images", train_images, "Folder that the training images' file names are relative to");
  p("val_images", val_images, "Folder that the test images' file names are relative to");
  p("test_batch", test_batch, "Images in one batch at test time", at_least(1));
  p("protocol", protocol, "Rules of evaluation; auto: lvis for files with frequencies and neg_category_ids, else coco",
    one_of({"auto", "lvis", "coco"}));
  p("rare_at_most", rare_at_most, "APr: classes on so many training images or fewer, where no frequency is annotated",
    at_least(0));
  p("common_at_most", common_at_most, "APc: classes on more training images than that, and on so many or fewer",
    at_least(0));
  p("transform", transform, "From files to tensors, at training and at test time");
  p("max_images", max_images, "Only the first so many images of each file, to try a model out; 0: all", at_least(0));
  p("keep_empty", keep_empty, "Train on images without objects too");
  p("bad_image", bad_image, "What to do with an image that cannot be read: stop, or skip it and count",
    one_of({"stop", "skip"}));
  p("bad_annotation", bad_annotation, "What to do with a broken object: stop, or leave it out and count",
    one_of({"stop", "skip"}));
  images.bind(p);
}

}  // namespace longtail
