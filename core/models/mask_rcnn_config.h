#pragma once

#include <longtail/params.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace longtail {

// `model` of the instance segmentation task. The defaults are mmdetection 2.x's; what differs in torchvision is said
// beside the parameter, and configs/models/mask_rcnn_r50_fpn_torchvision.yaml has it all.

struct FpnConfig {
  std::int64_t channels = 256;
  std::int64_t levels = 5;
  void bind(ParamBinder& p);
};

struct AnchorConfig {
  std::vector<double> scales{8};
  std::vector<double> ratios{0.5, 1, 2};
  bool rounded = false;            // torchvision: true
  std::string spacing = "stride";  // torchvision: grid
  std::string trained = "image";   // torchvision: all
  void bind(ParamBinder& p);
};

/// Which ground truth a box belongs to.
struct AssignerConfig {
  double positive_iou = 0.5;
  double negative_iou = 0.5;
  std::string low_quality = "overwrite";  // torchvision: keep in the RPN, none for RoIs
  double low_quality_iou = 0.5;           // torchvision: 0
  void bind(ParamBinder& p);
};

struct BoxLossConfig {
  std::string type = "l1";  // torchvision: smooth_l1 with beta 1/9
  double beta = 1.0 / 9;
  void bind(ParamBinder& p);
};

/// How many proposals survive.
struct ProposalConfig {
  std::int64_t per_level = 1000;
  std::int64_t per_image = 1000;
  void bind(ParamBinder& p);
};

struct RpnConfig {
  AnchorConfig anchors;
  AssignerConfig assigner{0.7, 0.3, "overwrite", 0.3};
  std::int64_t samples = 256;
  double positive_fraction = 0.5;
  BoxLossConfig box_loss;
  std::string clamp_deltas = "both";  // torchvision: above
  std::string rank_by = "sigmoid";    // torchvision: logits
  ProposalConfig train{2000, 1000};   // torchvision: 2000, 2000
  ProposalConfig test{1000, 1000};
  double nms_iou = 0.7;
  double min_size = 0;  // torchvision: 0.001
  void bind(ParamBinder& p);
};

/// Which regions are trained, and how their features are taken from the pyramid.
struct RoiConfig {
  AssignerConfig assigner;
  std::int64_t samples = 512;
  double positive_fraction = 0.25;
  bool add_ground_truth = true;
  std::string ground_truth_match = "itself";  // torchvision: iou
  double finest_scale = 56;
  std::string level_epsilon = "inside";  // torchvision: outside
  bool aligned = true;                   // torchvision: false
  std::int64_t sampling_ratio = 0;       // torchvision: 2
  void bind(ParamBinder& p);
};

struct BoxHeadConfig {
  std::int64_t size = 7;
  std::int64_t channels = 1024;
  std::string predictor = "linear";
  double temperature = 20;
  bool class_agnostic = false;
  std::vector<double> stds{0.1, 0.1, 0.2, 0.2};
  std::string clamp_deltas = "both";  // torchvision: above
  BoxLossConfig box_loss;
  void bind(ParamBinder& p);
};

struct MaskHeadConfig {
  std::int64_t size = 14;
  std::int64_t convs = 4;
  std::int64_t channels = 256;
  std::string predictor = "linear";
  double temperature = 20;
  std::string targets = "threshold";  // torchvision: soft
  void bind(ParamBinder& p);
};

struct DetectionConfig {
  double score_threshold = 0.0001;  // torchvision: 0.05
  double nms_iou = 0.5;
  std::int64_t max_detections = 300;  // torchvision: 100
  double min_size = 0;                // torchvision: 0.01
  std::string paste = "grid";         // torchvision: corners
  double mask_threshold = 0.5;
  void bind(ParamBinder& p);
};

struct MaskRcnnConfig {
  ComponentSpec backbone{"resnet", Node::map()};
  FpnConfig fpn;
  RpnConfig rpn;
  RoiConfig roi;
  BoxHeadConfig box_head;
  MaskHeadConfig mask_head;
  DetectionConfig test;
  std::string init;
  std::vector<std::string> train_only;
  void bind(ParamBinder& p);
};

}  // namespace longtail
