#include "../common/testing.h"

namespace longtail {
namespace {

TEST(NoParadigm, AppliesTheHeadOnce) {
  const Catalog catalog = testing::catalog_of({"paradigm_none"});
  int calls = 0;
  const auto steps =
      testing::make<Paradigm>(catalog, "none", {})->forward(at::ones({1, 2}), [&](const Tensor& features) {
        ++calls;
        return HeadOutput{features, Tensor(), features};
      });
  EXPECT_EQ(calls, 1);
  ASSERT_EQ(steps.size(), 1u);
  EXPECT_EQ(steps[0].classification_weight, 1);
  EXPECT_EQ(steps[0].regression_weight, 1);
}

}  // namespace
}  // namespace longtail
