#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/engine/optimizer.h"
#include "core/models/mask_rcnn.h"

namespace longtail::bench {

/// Mask R-CNN R50-FPN with torchvision's settings and 1,231 outputs, with made-up weights that find something. The same
/// as in bench/peers/mask_rcnn_peer.py, where `paradigm` is none.
std::shared_ptr<MaskRcnn> mask_rcnn_case(const std::string& paradigm = "none");

/// One square image of `size` pixels with 20 objects.
InstanceBatch mask_rcnn_batch(std::int64_t size);

/// Training steps on one batch.
class TrainingCase {
 public:
  explicit TrainingCase(std::int64_t size, const std::string& paradigm = "none");
  void step();

 private:
  std::shared_ptr<MaskRcnn> model_;
  InstanceBatch batch_;
  std::unique_ptr<Sgd> optimizer_;
  Rng rng_{0, 0};
};

}  // namespace longtail::bench
