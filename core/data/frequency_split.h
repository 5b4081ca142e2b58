#pragma once

#include <cstdint>
#include <string_view>

namespace longtail {

/// Where the splits of a long-tailed set begin, in training images of a class: many > many_above,
/// few < few_below, medium between, both bounds included (ImageNet-LT: 100 and 20; Liu et al., CVPR 2019).
struct SplitBounds {
  std::int64_t many_above = 100;
  std::int64_t few_below = 20;
};

enum class Split { many, medium, few };

/// LVIS's groups of classes, in training images of a class (Gupta et al., CVPR 2019).
struct FrequencyBounds {
  std::int64_t rare = 10;     // r: so many or fewer
  std::int64_t common = 100;  // c: more than that, and so many or fewer; f: more
};

/// 'r', 'c' or 'f'.
inline char frequency_of(std::int64_t train_images, const FrequencyBounds& bounds) {
  return train_images <= bounds.rare ? 'r' : train_images <= bounds.common ? 'c' : 'f';
}

Split split_of(std::int64_t train_count, const SplitBounds& bounds);
std::string_view to_string(Split split);

}  // namespace longtail
