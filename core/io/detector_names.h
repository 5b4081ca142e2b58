#pragma once

#include <longtail/export.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace longtail {

/// Programs whose Mask R-CNNs we read. `none`: another kind of model, or ours.
enum class DetectorStyle { none, torchvision, mmdetection };

/// Told by the names of a file's tensors.
DetectorStyle detector_style(const std::vector<std::string_view>& names);

/// Our name of a tensor, or nothing for what our models do not have. Of torchvision both ways of naming are known,
/// before and since version 0.14; of mmdetection those of 2.x, and what the authors of PCB added to it.
std::optional<std::string> name_from_detector(DetectorStyle style, std::string_view foreign);

/// torchvision's name before 0.14, which every version reads, or nothing for what its models do not have.
std::optional<std::string> torchvision_detector_name(std::string_view ours);

}  // namespace longtail
