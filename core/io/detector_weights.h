#pragma once

#include <string>
#include <vector>

#include "core/io/tensor_file.h"

namespace longtail {

/// A file's tensors as our models have them.
struct TranslatedWeights {
  TensorFile weights;
  std::vector<std::string> sources;  // the name of each in the file
  std::vector<std::string> unknown;  // what our models have no place for
};

/// Of the Mask R-CNNs of torchvision and of mmdetection 2.x; other files stay as they are. torchvision's background is
/// the first class, ours and mmdetection's the last; torchvision also has boxes and masks of the background, which are
/// never used.
TranslatedWeights translate_detector(const TensorFile& file);

/// Whether these are weights of our Mask R-CNN.
bool is_our_detector(const TensorFile& file);

/// Our Mask R-CNN with torchvision's names and order of classes, zeros for the background's boxes and masks; without
/// losses and paradigms. Throws DataError where torchvision has no such model: a classifier of another width than
/// classes and background, boxes that all classes share.
TensorFile to_torchvision_detector(const TensorFile& file);

}  // namespace longtail
