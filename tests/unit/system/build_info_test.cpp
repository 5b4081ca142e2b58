#include "core/system/build_info.h"

#include <gtest/gtest.h>

namespace longtail {
namespace {

TEST(BuildInfo, TextSaysCommitAndChanges) {
  BuildInfo info;
  info.version = "1.2.3";
  EXPECT_EQ(info.text(), "1.2.3");
  info.commit = "0123456789abcdef0123456789abcdef01234567";
  EXPECT_EQ(info.text(), "1.2.3 (commit 0123456789ab)");
  info.modified = true;
  EXPECT_EQ(info.text(), "1.2.3 (commit 0123456789ab, modified)");
}

TEST(BuildInfo, OfThisBuild) {
  const BuildInfo& info = build_info();
  EXPECT_FALSE(info.version.empty());
  EXPECT_FALSE(info.compiler.empty());
  EXPECT_TRUE(info.commit.empty() || info.commit.size() == 40) << info.commit;
}

}  // namespace
}  // namespace longtail
