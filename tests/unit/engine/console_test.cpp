#include "core/engine/console.h"

#include <gtest/gtest.h>

namespace longtail {
namespace {

TEST(Console, DurationsReadLikeAClock) {
  EXPECT_EQ(format_duration(0), "0:00");
  EXPECT_EQ(format_duration(272), "4:32");
  EXPECT_EQ(format_duration(3723.4), "1:02:03");
  EXPECT_EQ(format_duration(-1), "-");
}

TEST(Console, BarsHaveTheirWidth) {
  EXPECT_EQ(progress_bar(0, 10), "[>         ]");
  EXPECT_EQ(progress_bar(0.5, 10), "[=====>    ]");
  EXPECT_EQ(progress_bar(1, 10), "[==========]");
  EXPECT_EQ(progress_bar(2, 10), "[==========]");
}

TEST(Console, KnowsItsMemory) { EXPECT_GT(resident_memory(), 1 << 20); }

}  // namespace
}  // namespace longtail
