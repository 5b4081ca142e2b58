#include "core/system/cpu.h"

#include <gtest/gtest.h>

namespace longtail {
namespace {

TEST(Cpu, QuotaOfAContainer) {
  EXPECT_EQ(cores_of_quota("max 100000"), 0);
  EXPECT_EQ(cores_of_quota("200000 100000"), 2);
  EXPECT_EQ(cores_of_quota("150000 100000"), 2);
  EXPECT_EQ(cores_of_quota("10000 100000"), 1);
  EXPECT_EQ(cores_of_quota(""), 0);
  EXPECT_EQ(cores_of_quota("-1 100000"), 0);
  EXPECT_EQ(cores_of_quota("5 0"), 0);
}

TEST(Cpu, ThisMachine) {
  EXPECT_GE(available_cores(), 1);
  EXPECT_FALSE(cpu_facts().model.empty());
}

}  // namespace
}  // namespace longtail
