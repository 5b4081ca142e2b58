#include "core/io/detector_weights.h"

#include <ATen/ATen.h>
#include <absl/strings/match.h>
#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "core/io/detector_names.h"
#include "registry/text/affixes.h"

namespace longtail {
namespace {

using at::Tensor;

constexpr std::string_view classifier = "roi_heads.box_predictor.cls_score.";
constexpr std::string_view boxes = "roi_heads.box_predictor.bbox_pred.";
constexpr std::string_view masks = "roi_heads.mask_predictor.mask_fcn_logits.";
constexpr std::int64_t box_numbers = 4;

/// How many of the first rows of the tensor are the background's in torchvision's layout; 0 for other tensors.
std::int64_t background_rows(const std::string& our_name) {
  if (starts_with(our_name, classifier) || starts_with(our_name, masks)) return 1;
  return starts_with(our_name, boxes) ? box_numbers : 0;
}

Tensor background_last(const std::string& our_name, const Tensor& tensor) {
  const std::int64_t rows = background_rows(our_name);
  if (rows == 0 || tensor.dim() == 0 || tensor.size(0) <= rows) return tensor;
  if (starts_with(our_name, classifier)) return tensor.roll(-rows, 0);
  return tensor.slice(0, rows).contiguous();
}

Tensor background_first(const std::string& our_name, const Tensor& tensor) {
  const std::int64_t rows = background_rows(our_name);
  if (rows == 0) return tensor;
  if (starts_with(our_name, classifier)) return tensor.roll(rows, 0);
  return at::cat({at::zeros_like(tensor.slice(0, 0, rows)), tensor});
}

/// A plain seesaw loss is not wrapped in one of pairwise balance.
std::string without_wrapper(const std::string& our_name, bool wrapped) {
  constexpr std::string_view inner = "loss.base.";
  if (wrapped || !starts_with(our_name, inner)) return our_name;
  return fmt::format("loss.{}", our_name.substr(inner.size()));
}

/// The reference counts the background with the classes.
Tensor without_background_count(const std::string& our_name, const Tensor& tensor) {
  const bool counts = our_name == "loss.counts" || our_name == "loss.base.counts";
  return counts && tensor.dim() == 1 && tensor.size(0) > 1 ? tensor.slice(0, 0, tensor.size(0) - 1) : tensor;
}

[[noreturn]] void refuse(const std::string& what) {
  throw DataError(fmt::format("torchvision has no Mask R-CNN with {}; keep it in longtail's own names", what));
}

std::int64_t rows_of(const TensorFile& file, std::string_view layer) {
  const Tensor* weight = file.find(std::string(layer) + "weight");
  return weight == nullptr || weight->dim() == 0 ? 0 : weight->size(0);
}

void check_widths(const TensorFile& file) {
  const std::int64_t logits = rows_of(file, classifier), deltas = rows_of(file, boxes), classes = logits - 1;
  if (deltas != box_numbers * classes && deltas == box_numbers) refuse("boxes that all classes share");
  if (deltas != box_numbers * classes) {
    refuse(fmt::format("{} logits for {} classes", logits, deltas / box_numbers));
  }
}

}  // namespace

TranslatedWeights translate_detector(const TensorFile& file) {
  std::vector<std::string_view> names;
  for (const auto& [name, tensor] : file.tensors) names.emplace_back(name);
  const DetectorStyle style = detector_style(names);
  TranslatedWeights result;
  result.weights.metadata = file.metadata;
  const bool wrapped = std::any_of(names.begin(), names.end(), [](std::string_view name) {
    return absl::EndsWith({name.data(), name.size()}, "fg_confusion_matrix");
  });
  for (const auto& [source, tensor] : file.tensors) {
    if (style == DetectorStyle::none) {
      result.weights.tensors.emplace_back(source, tensor);
    } else if (const auto name = name_from_detector(style, source)) {
      const std::string ours = without_wrapper(*name, wrapped);
      const bool reorder = style == DetectorStyle::torchvision;
      result.weights.tensors.emplace_back(
          ours, reorder ? background_last(ours, tensor) : without_background_count(ours, tensor));
    } else {
      result.unknown.push_back(source);
      continue;
    }
    result.sources.push_back(source);
  }
  return result;
}

bool is_our_detector(const TensorFile& file) {
  return std::any_of(file.tensors.begin(), file.tensors.end(),
                     [](const auto& item) { return starts_with(item.first, classifier); }) &&
         std::none_of(file.tensors.begin(), file.tensors.end(),
                      [](const auto& item) { return starts_with(item.first, "backbone.body."); });
}

TensorFile to_torchvision_detector(const TensorFile& file) {
  check_widths(file);
  TensorFile result;
  for (const auto& [name, tensor] : file.tensors) {
    if (const auto theirs = torchvision_detector_name(name)) {
      result.tensors.emplace_back(*theirs, background_first(name, tensor));
    }
  }
  return result;
}

}  // namespace longtail
