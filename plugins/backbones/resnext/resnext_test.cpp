#include <longtail/backbone.h>

#include "../common/testing.h"

namespace longtail {
namespace {

TEST(ResNeXt, FiftyLayersAreTorchvisions) {
  const Catalog catalog = testing::catalog_of({"resnext"});
  testing::expect_like_torchvision(*testing::make_backbone(catalog, "resnext"), "resnext50", 64);
}

TEST(ResNeXt, NumberOfParameters) {
  const Catalog catalog = testing::catalog_of({"resnext"});
  const auto backbone = testing::make_backbone(catalog, "{type: resnext, layout: 101_32x8d}");
  std::int64_t count = 0;
  for (const Tensor& parameter : backbone->parameters()) count += parameter.numel();
  EXPECT_EQ(count, 88791336 - 2049000);  // torchvision's without fc
}

}  // namespace
}  // namespace longtail
