#include "core/models/mask_rcnn/anchors.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace longtail {

AnchorGenerator::AnchorGenerator(AnchorConfig config, std::vector<std::int64_t> strides)
    : config_(std::move(config)), strides_(std::move(strides)) {}

Tensor AnchorGenerator::cell(std::size_t level) const {
  const auto options = at::TensorOptions(at::kDouble);
  const Tensor root = at::tensor(config_.ratios, options).sqrt().unsqueeze(1);
  const Tensor side = at::tensor(config_.scales, options).mul_(static_cast<double>(strides_[level]));
  const Tensor width = (root.reciprocal() * side).view(-1) / 2;
  const Tensor height = (root * side).view(-1) / 2;
  const Tensor boxes = at::stack({-width, -height, width, height}, 1);
  return config_.rounded ? boxes.round() : boxes;
}

Tensor AnchorGenerator::grid(std::size_t level, Size cells, Size padded, const at::TensorOptions& options) const {
  const bool by_grid = config_.spacing == "grid";
  const std::int64_t step_y = by_grid ? padded.height / cells.height : strides_[level];
  const std::int64_t step_x = by_grid ? padded.width / cells.width : strides_[level];
  const Tensor y = (at::arange(cells.height, options) * step_y).view({-1, 1}).expand({cells.height, cells.width});
  const Tensor x = (at::arange(cells.width, options) * step_x).view({1, -1}).expand({cells.height, cells.width});
  const Tensor shifts = at::stack({x, y, x, y}, 2).view({-1, 1, 4});
  return (shifts + cell(level).to(options)).view({-1, 4});
}

Tensor AnchorGenerator::trained(std::size_t level, Size cells, Size padded, const at::Device& device) const {
  if (config_.trained == "all") return {};
  const auto own = [&](std::int64_t pixels, std::int64_t available) {
    return std::min((pixels + strides_[level] - 1) / strides_[level], available);
  };
  const std::int64_t rows = own(padded.height, cells.height), columns = own(padded.width, cells.width);
  if (rows == cells.height && columns == cells.width) return {};
  Tensor inside = at::zeros({cells.height, cells.width, per_cell()}, at::TensorOptions(device).dtype(at::kBool));
  inside.slice(0, 0, rows).slice(1, 0, columns).fill_(true);
  return inside.view(-1);
}

}  // namespace longtail
