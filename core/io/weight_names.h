#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace longtail {

/// Ours for a classification model: `backbone.<torchvision's name>`, `classifier.weight`, `classifier.bias`,
/// `paradigm.*`, `loss.*`. Everything about how others call the same tensors is on this page.

/// What a tensor of another program may be called here, the most literal first: without wrappers' prefixes (`module.`),
/// with usual names of the last layer (`fc`, `linear`, `head.fc` ...), of shortcuts (`shortcut` for `downsample`), and
/// inside the backbone.
std::vector<std::string> possible_names(std::string_view foreign);

/// The likeliest of them where no model is at hand to choose. Names that no ResNet has stay as they are: only a model
/// could tell where they belong.
std::string likely_name(std::string_view foreign);

/// torchvision's name for one of ours, or nothing for what torchvision's models do not have (losses, paradigms).
std::optional<std::string> torchvision_name(std::string_view ours);

/// True for batch norm's counter, which nobody reads and old files lack.
bool is_batch_counter(std::string_view name);

}  // namespace longtail
