#include "core/io/detector_names.h"
#include "registry/text/affixes.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>

namespace longtail {
namespace {

/// Names that begin with `from` begin with `to` here. A # in both is a number, which is larger by `shift` here.
struct Rule {
  std::string_view from;
  std::string_view to;
  int shift = 0;
};

constexpr Rule torchvision_rules[] = {
    {"backbone.body.", "backbone."},
    {"backbone.fpn.inner_blocks.#.0.", "fpn.inner_blocks.#."},
    {"backbone.fpn.layer_blocks.#.0.", "fpn.layer_blocks.#."},
    {"backbone.fpn.", "fpn."},
    {"rpn.head.conv.0.0.", "rpn.head.conv."},
    {"rpn.head.", "rpn.head."},
    {"roi_heads.mask_head.#.0.", "roi_heads.mask_head.mask_fcn#.", 1},
    {"roi_heads.", "roi_heads."},
};

constexpr Rule mmdetection_rules[] = {
    {"backbone.", "backbone."},
    {"neck.lateral_convs.#.conv.", "fpn.inner_blocks.#."},
    {"neck.fpn_convs.#.conv.", "fpn.layer_blocks.#."},
    {"rpn_head.rpn_conv.", "rpn.head.conv."},
    {"rpn_head.rpn_cls.", "rpn.head.cls_logits."},
    {"rpn_head.rpn_reg.", "rpn.head.bbox_pred."},
    {"roi_head.bbox_head.shared_fcs.#.", "roi_heads.box_head.fc#.", 6},
    {"roi_head.bbox_head.fc_cls.", "roi_heads.box_predictor.cls_score."},
    {"roi_head.bbox_head.fc_reg.", "roi_heads.box_predictor.bbox_pred."},
    {"roi_head.mask_head.convs.#.conv.", "roi_heads.mask_head.mask_fcn#.", 1},
    {"roi_head.mask_head.upsample.", "roi_heads.mask_predictor.conv5_mask."},
    {"roi_head.mask_head.conv_logits.", "roi_heads.mask_predictor.mask_fcn_logits."},
    // PCB's: its two networks between the steps, its matrix, and how often it saw each class.
    {"roi_head.cls_sub_module.layers.", "paradigm.mlp_cls."},
    {"roi_head.cls_sub_module.layer_norm.", "paradigm.mlp_cls.norm_"},
    {"roi_head.loc_sub_module.layers.", "paradigm.mlp_loc."},
    {"roi_head.bbox_head.loss_cls.fg_confusion_matrix", "loss.confusion_matrix"},
    {"roi_head.bbox_head.loss_cls.num_inst_cnt", "loss.seen"},
    {"roi_head.bbox_head.loss_cls.cum_samples", "loss.base.counts"},
};

constexpr Rule export_rules[] = {
    {"backbone.", "backbone.body."},
    {"fpn.", "backbone.fpn."},
    {"rpn.head.", "rpn.head."},
    {"roi_heads.", "roi_heads."},
};

absl::string_view view(std::string_view text) { return {text.data(), text.size()}; }

std::optional<std::string> rewrite(const Rule& rule, std::string_view name) {
  const auto hash = rule.from.find('#');
  if (!starts_with(name, rule.from.substr(0, hash))) return std::nullopt;
  if (hash == std::string_view::npos) return absl::StrCat(view(rule.to), view(name.substr(rule.from.size())));
  const std::string_view rest = name.substr(hash);
  const auto is_digit = [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); };
  const auto digits = static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), is_digit) - rest.begin());
  const std::string_view behind = rule.from.substr(hash + 1);
  if (digits == 0 || digits > 3 || !starts_with(rest.substr(digits), behind)) return std::nullopt;
  const int number = std::stoi(std::string(rest.substr(0, digits))) + rule.shift;
  const auto place = rule.to.find('#');
  return absl::StrCat(view(rule.to.substr(0, place)), number, view(rule.to.substr(place + 1)),
                      view(rest.substr(digits + behind.size())));
}

template <std::size_t count>
std::optional<std::string> rewrite_first(const Rule (&rules)[count], std::string_view name) {
  for (const Rule& rule : rules) {
    if (auto renamed = rewrite(rule, name)) return renamed;
  }
  return std::nullopt;
}

}  // namespace

DetectorStyle detector_style(const std::vector<std::string_view>& names) {
  const auto any = [&](std::string_view start) {
    return std::any_of(names.begin(), names.end(), [&](std::string_view name) { return starts_with(name, start); });
  };
  if (any("backbone.body.")) return DetectorStyle::torchvision;
  if (any("roi_head.bbox_head.")) return DetectorStyle::mmdetection;
  return DetectorStyle::none;
}

std::optional<std::string> name_from_detector(DetectorStyle style, std::string_view foreign) {
  if (style == DetectorStyle::torchvision) return rewrite_first(torchvision_rules, foreign);
  if (style == DetectorStyle::mmdetection) return rewrite_first(mmdetection_rules, foreign);
  return std::nullopt;
}

std::optional<std::string> torchvision_detector_name(std::string_view ours) {
  return rewrite_first(export_rules, ours);
}

}  // namespace longtail
