#include "core/system/natural_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace longtail {
namespace {

TEST(NaturalOrder, DigitsAreNumbers) {
  const std::vector<std::string> ordered = {"",
                                            "9a",
                                            "10.png",
                                            "a",
                                            "a1b2",
                                            "a1b10",
                                            "a2",
                                            "a10",
                                            "epoch_9999",
                                            "epoch_10000",
                                            "epoch_10000_step_999999",
                                            "epoch_10000_step_1000000",
                                            "epoch_10001",
                                            "epoch_99999999999999999999999999",
                                            "epoch_100000000000000000000000000",
                                            "seed9",
                                            "seed10"};
  std::vector<std::string> mixed(ordered.rbegin(), ordered.rend());
  std::sort(mixed.begin(), mixed.end(), natural_less);
  EXPECT_EQ(mixed, ordered);
}

TEST(NaturalOrder, LeadingZerosDecideLast) {
  EXPECT_TRUE(natural_less("epoch_0009", "epoch_10"));
  EXPECT_TRUE(natural_less("epoch_0009", "epoch_9"));
  EXPECT_FALSE(natural_less("epoch_9", "epoch_0009"));
  EXPECT_TRUE(natural_less("a01b1", "a1b2"));
  EXPECT_FALSE(natural_less("a", "a"));
}

}  // namespace
}  // namespace longtail
