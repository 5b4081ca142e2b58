#include <longtail/simd.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace longtail {
namespace {

TEST(Simd, ExponentialIsThatOfTheLibrary) {
  for (float x = 88.29F; x > -87.3F; x -= 0.00371F) {
    const double expected = std::exp(static_cast<double>(x));
    EXPECT_NEAR(exponential(x) / expected, 1, 2.4e-7) << x;
  }
  EXPECT_EQ(exponential(0.0F), 1);
  EXPECT_EQ(exponential(-88.0F), 0);
  EXPECT_EQ(exponential(-std::numeric_limits<float>::infinity()), 0);
  EXPECT_EQ(exponential(std::numeric_limits<float>::infinity()), exponential(88.3F));
  EXPECT_TRUE(std::isnan(exponential(std::numeric_limits<float>::quiet_NaN())));
  EXPECT_EQ(exponential(-3.5), std::exp(-3.5));
}

TEST(Simd, LogarithmIsThatOfTheLibrary) {
  for (float x = 1.2e-38F; x < 1e38F; x *= 1.00713F) {
    const double expected = std::log(static_cast<double>(x));
    EXPECT_NEAR(logarithm(x), expected, 3.6e-7 * std::max(1.0, std::abs(expected))) << x;
  }
  for (float x = 0.6F; x < 1.6F; x += 0.000317F) {
    EXPECT_NEAR(logarithm(x), std::log(static_cast<double>(x)), 1.2e-7) << x;
  }
  EXPECT_EQ(logarithm(1.0F), 0);
  EXPECT_TRUE(std::isnan(logarithm(std::numeric_limits<float>::quiet_NaN())));
  EXPECT_TRUE(std::isnan(logarithm(std::numeric_limits<float>::infinity())));
  EXPECT_EQ(logarithm(0.3), std::log(0.3));
}

TEST(Simd, LanesSumAllValuesOfAnyCount) {
  for (std::int64_t count = 0; count < 100; ++count) {
    EXPECT_EQ(sum_in_lanes<double>(count, [](std::int64_t k) { return static_cast<double>(k + 1); }),
              static_cast<double>(count * (count + 1) / 2))
        << count;
  }
  const std::vector<float> values = {3, -1, 7, 2};
  EXPECT_EQ(reduce_lanes(
                4, -1.0F, [&](std::int64_t k) { return values[k]; }, [](float a, float b) { return b > a ? b : a; }),
            7);
}

}  // namespace
}  // namespace longtail
