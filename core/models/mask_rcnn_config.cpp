#include "core/models/mask_rcnn_config.h"

namespace longtail {

void FpnConfig::bind(ParamBinder& p) {
  p("channels", channels, "Channels of every level, and of the heads' input", at_least(1));
  p("levels", levels, "Levels of the pyramid; those beyond the backbone's stages halve the last one, for the RPN alone",
    at_least(1));
}

void AnchorConfig::bind(ParamBinder& p) {
  p("scales", scales, "Sides of the square anchors, in strides of their level", greater_than(0));
  p("ratios", ratios, "Height over width", greater_than(0));
  p("rounded", rounded, "Rounds the anchors around a cell to whole pixels (torchvision: true)");
  p("spacing", spacing,
    "Between cells: the level's stride, or the padded image's size over the grid's, rounded down (torchvision: grid)",
    one_of({"stride", "grid"}));
  p("trained", trained,
    "Anchors that are trained: on cells of the image itself, or all of the padded batch (torchvision: all)",
    one_of({"image", "all"}));
  p.check(!scales.empty() && !ratios.empty(), "'scales' and 'ratios' need an entry each");
}

void AssignerConfig::bind(ParamBinder& p) {
  p("positive_iou", positive_iou, "From this IoU with a ground truth on a box is positive", in(0, 1));
  p("negative_iou", negative_iou, "Below this IoU with every ground truth a box is background; between the two, unused",
    in(0, 1));
  p("low_quality", low_quality,
    "A ground truth's best boxes are positive below positive_iou too: overwrite, they become this ground truth's; "
    "keep, they "
    "stay with their own best one (torchvision's RPN); none",
    one_of({"overwrite", "keep", "none"}));
  p("low_quality_iou", low_quality_iou, "The IoU that such a box needs (torchvision: 0)", in(0, 1));
  p.check(negative_iou <= positive_iou, "'negative_iou' must not be above 'positive_iou'");
}

void BoxLossConfig::bind(ParamBinder& p) {
  p("type", type, "Absolute error, or squared up to beta (torchvision: smooth_l1)", one_of({"l1", "smooth_l1"}));
  p("beta", beta, "Of smooth_l1", greater_than(0));
}

void ProposalConfig::bind(ParamBinder& p) {
  p("per_level", per_level, "Best of a level before suppression", at_least(1));
  p("per_image", per_image, "Best of an image after suppression", at_least(1));
}

void RpnConfig::bind(ParamBinder& p) {
  p("anchors", anchors, "Boxes that the network starts from");
  p("assigner", assigner, "Which anchors are objects");
  p("samples", samples, "Anchors of an image in the loss", at_least(1));
  p("positive_fraction", positive_fraction, "Largest share of positives among them", in(0, 1));
  p("box_loss", box_loss, "Loss of the boxes");
  p("clamp_deltas", clamp_deltas,
    "Predicted logarithms of sizes are limited on both sides, or above alone (torchvision)", one_of({"both", "above"}));
  p("rank_by", rank_by,
    "What the best are ranked by before suppression: scores, or logits, which never tie (torchvision)",
    one_of({"sigmoid", "logits"}));
  p("train", train, "Number of proposals in training (torchvision: 2000 and 2000)");
  p("test", test, "Number of proposals at test time");
  p("nms_iou", nms_iou, "Proposals of a level that overlap a better one by more are dropped", in(0, 1));
  p("min_size", min_size, "Proposals must be wider and higher than this, in pixels (torchvision: 0.001)", at_least(0));
}

void RoiConfig::bind(ParamBinder& p) {
  p("assigner", assigner, "Which proposals are objects");
  p("samples", samples, "Proposals of an image in the loss", at_least(1));
  p("positive_fraction", positive_fraction, "Largest share of positives among them", in(0, 1));
  p("add_ground_truth", add_ground_truth, "Ground truth joins the proposals in training");
  p("ground_truth_match", ground_truth_match,
    "Added ground truth is a sample of its own object, or of whichever overlaps it most (torchvision: iou)",
    one_of({"itself", "iou"}));
  p("finest_scale", finest_scale, "Regions smaller than twice this (root of the area, in pixels) use the finest level",
    greater_than(0));
  p("level_epsilon", level_epsilon, "Where the level's logarithm is kept from rounding down (torchvision: outside)",
    one_of({"inside", "outside"}));
  p("aligned", aligned, "RoIAlign takes half a pixel off the coordinates (torchvision: false)");
  p("sampling_ratio", sampling_ratio, "Samples a bin and direction; 0: one a pixel of the bin (torchvision: 2)",
    at_least(0));
}

void BoxHeadConfig::bind(ParamBinder& p) {
  p("size", size, "Side of the pooled feature", at_least(1));
  p("channels", channels, "Width of the two hidden layers", at_least(1));
  p("predictor", predictor, "Classifier: linear, or cosine similarities", one_of({"linear", "cosine"}));
  p("temperature", temperature, "Of cosine similarities", greater_than(0));
  p("class_agnostic", class_agnostic, "One box for all classes instead of one each");
  p("stds", stds, "What the targets (dx, dy, dw, dh) are divided by", greater_than(0));
  p("clamp_deltas", clamp_deltas,
    "Predicted logarithms of sizes are limited on both sides, or above alone (torchvision)", one_of({"both", "above"}));
  p("box_loss", box_loss, "Loss of the boxes");
  p.check(stds.size() == 4, "'stds' needs four entries");
}

void MaskHeadConfig::bind(ParamBinder& p) {
  p("size", size, "Side of the pooled feature; masks have twice this", at_least(1));
  p("convs", convs, "3x3 convolutions before the mask is enlarged", at_least(0));
  p("channels", channels, "Channels of these, and of the enlarged map", at_least(1));
  p("predictor", predictor, "Last layer: linear, or cosine similarities", one_of({"linear", "cosine"}));
  p("temperature", temperature, "Of cosine similarities", greater_than(0));
  p("targets", targets, "Covered share of each cell: threshold at a half, or soft (torchvision)",
    one_of({"threshold", "soft"}));
}

void DetectionConfig::bind(ParamBinder& p) {
  p("score_threshold", score_threshold, "Detections score above this (torchvision: 0.05)", in(0, 1));
  p("nms_iou", nms_iou, "Detections of a class that overlap a better one by more are dropped", in(0, 1));
  p("max_detections", max_detections, "Of an image, over all classes (torchvision: 100)", at_least(1));
  p("min_size", min_size, "Boxes are at least this wide and high, in pixels (torchvision: 0.01)", at_least(0));
  p("paste", paste, "Masks into the image: samples on a grid, or boxes widened to whole pixels (torchvision: corners)",
    one_of({"grid", "corners"}));
  p("mask_threshold", mask_threshold, "Probability from which on a pixel belongs to the object", in(0, 1));
}

void MaskRcnnConfig::bind(ParamBinder& p) {
  p("backbone", backbone, "Images to feature maps", component("backbone"));
  p("fpn", fpn, "Feature pyramid");
  p("rpn", rpn, "Region proposal network");
  p("roi", roi, "Regions: sampling and pooling");
  p("box_head", box_head, "Classes and boxes of regions");
  p("mask_head", mask_head, "Masks of regions");
  p("test", test, "From predictions to detections");
  p("init", init,
    "Weights to start from (.safetensors, PyTorch's .pth or a run folder); empty starts from random weights");
  p("train_only", train_only,
    "Prefixes of the parameters that are trained, such as roi_heads.box_predictor; empty trains all");
}

}  // namespace longtail
