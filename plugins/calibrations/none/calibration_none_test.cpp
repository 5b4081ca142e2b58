#include <longtail/calibration.h>

#include "tests/support/plugins.h"

namespace longtail {
namespace {

TEST(NoCalibration, LeavesScoresAlone) {
  const Catalog catalog = testing::catalog_of({"calibration_none"});
  const Tensor scores = testing::waves({3, 4}, 1.0);
  EXPECT_TRUE(at::equal(testing::make<Calibration>(catalog, "none", {})->apply(scores), scores));
}

}  // namespace
}  // namespace longtail
