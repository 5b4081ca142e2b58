#include "registry/text/counted.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>

namespace longtail {
namespace {

TEST(Counted, OneIsNoPlural) {
  EXPECT_EQ(counted(std::size_t{1}, "object"), "1 object");
  EXPECT_EQ(counted(std::int64_t{0}, "object"), "0 objects");
  EXPECT_EQ(counted(21, "object"), "21 objects");
  EXPECT_EQ(counted(1, "batch", "batches"), "1 batch");
  EXPECT_EQ(counted(2, "batch", "batches"), "2 batches");
  EXPECT_STREQ(if_one(1, "is", "are"), "is");
  EXPECT_STREQ(if_one(std::size_t{0}, "is", "are"), "are");
}

}  // namespace
}  // namespace longtail
