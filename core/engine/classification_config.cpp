#include "core/engine/classification_config.h"

namespace longtail {

void ClassificationModelConfig::bind(ParamBinder& p) {
  p("backbone", backbone, "Images to features", component("backbone"));
  p("classifier", classifier, "Last layer: linear, or cosine similarities with temperature 20",
    one_of({"linear", "cosine"}));
  p("init", init,
    "Weights to start from (.safetensors, PyTorch's .pth or a run folder); empty starts from random weights");
  p("train_only", train_only, "Prefixes of the parameters that are trained, such as classifier; empty trains all");
}

void ClassificationDataConfig::bind(ParamBinder& p) {
  p("root", root, "Folder that the paths in the lists are relative to");
  p("train", train, "List of the training images: `relative/path label` a line; not needed to evaluate");
  p("val", val, "List of the test images");
  p("num_classes", num_classes, "Number of classes; 0 is the largest label + 1", at_least(0));
  p("class_names", class_names, "File with a class name a line; empty uses the labels");
  p("transform", transform, "From files to tensors, at training and at test time", component("transform"));
  p("bad_image", bad_image, "What to do with an image that cannot be read: stop, or skip it and count",
    one_of({"stop", "skip"}));
  images.bind(p);
  p("many_above", many_above, "Classes with more training images than this are `many`", at_least(0));
  p("few_below", few_below, "Classes with fewer training images than this are `few`", at_least(0));
}

}  // namespace longtail
