#include "core/ops/paste_masks.h"

#include <cmath>
#include <numeric>

#include "tests/support/plugins.h"

namespace longtail {
namespace {

using testing::numbers;
using testing::waves;

std::vector<std::uint32_t> counts(const Tensor& numbers) {
  const Tensor whole = numbers.to(at::kLong);
  return {whole.data_ptr<std::int64_t>(), whole.data_ptr<std::int64_t>() + whole.numel()};
}

TEST(PasteMasks, PixelsAreTorchvisionsAndMmdetections) {
  const Node expected = testing::oracle("ops.json");
  const Tensor boxes = numbers(expected, "paste.boxes").view({-1, 4});
  const Tensor masks = waves({boxes.size(0), 7, 7}, 0.45).to(at::kFloat) + 0.5;
  for (const auto& [mode, name] : {std::pair(PasteMode::corners, "corners"), std::pair(PasteMode::grid, "grid")}) {
    const std::vector<Rle> got = paste_masks(masks, boxes, 37, 52, 0.5, mode);
    for (std::size_t n = 0; n < got.size(); ++n) {
      EXPECT_EQ(got[n].height, 37);
      EXPECT_EQ(got[n].width, 52);
      EXPECT_EQ(got[n].counts, counts(numbers(expected, std::string("paste.") + name + "." + std::to_string(n))))
          << name << " " << n;
    }
  }
}

TEST(PasteMasks, NoMasks) { EXPECT_TRUE(paste_masks(at::empty({0, 28, 28}), at::empty({0, 4}), 5, 5).empty()); }

TEST(PasteMasks, BoxesThatAreNoneGiveEmptyMasks) {
  const float nan = std::nanf(""), inf = std::numeric_limits<float>::infinity();
  const std::vector<float> rows = {nan, 0, 4, 4, -inf, 0,  inf, 4,  3,  3,  3,  9,
                                   9,   9, 2, 2, 50,   50, 60,  60, -9, -9, -2, -2};
  const Tensor boxes = at::tensor(rows).view({-1, 4});
  for (const Rle& mask : paste_masks(at::ones({6, 3, 3}), boxes, 10, 12)) {
    EXPECT_EQ(mask.counts, std::vector<std::uint32_t>{120});
  }
  for (const Rle& mask : paste_masks(at::ones({6, 3, 3}), boxes, 10, 12, 0.5, PasteMode::corners)) {
    EXPECT_EQ(std::accumulate(mask.counts.begin(), mask.counts.end(), 0U), 120U);
  }
}

TEST(PasteMasks, TheWholeImage) {
  const Tensor boxes = at::tensor({-100.F, -100.F, 200.F, 200.F}).view({1, 4});
  EXPECT_EQ(paste_masks(at::ones({1, 4, 4}), boxes, 6, 5)[0].counts, (std::vector<std::uint32_t>{0, 30}));
}

TEST(PasteMasks, NotANumberIsNotSet) {
  const Tensor masks = at::full({1, 4, 4}, std::nanf("")), boxes = at::tensor({0.F, 0.F, 5.F, 5.F}).view({1, 4});
  EXPECT_EQ(paste_masks(masks, boxes, 6, 6)[0].counts, std::vector<std::uint32_t>{36});
}

}  // namespace
}  // namespace longtail
