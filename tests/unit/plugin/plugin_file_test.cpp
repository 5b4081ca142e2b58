#include "registry/plugin/plugin_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <longtail/error.h>

#include <filesystem>
#include <system_error>

namespace longtail {
namespace {

TEST(AbiFacts, EqualFactsFit) { EXPECT_EQ(abi_differences(host_abi_facts(), host_abi_facts()), ""); }

TEST(AbiFacts, AllDifferencesInTwoColumns) {
  const AbiFacts host = parse_abi_facts("api=2;libtorch=1.13.0;stdlib=libstdc++;sanitizer=none;");
  const AbiFacts plugin = parse_abi_facts("api=1;libtorch=2.4.0;stdlib=libstdc++;gpu=yes;");
  EXPECT_EQ(
      abi_differences(host, plugin),
      "it was built for another longtail:\n"
      "                          this longtail     the plugin\n"
      "    plugin interface      2                 1\n"
      "    LibTorch              1.13.0            2.4.0\n"
      "    sanitizer             none              not told\n"
      "    gpu                   not told          yes\n"
      "    Build the plugin again with this longtail: remove its build folder, and let find_package(longtail) find "
      "this installation.");
}

TEST(AbiFacts, TheHostTellsAllItKnows) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : host_abi_facts()) {
    keys.push_back(key);
    EXPECT_FALSE(value.empty()) << key;
    EXPECT_NE(value, "unknown") << key;
  }
  EXPECT_THAT(keys, testing::ElementsAre("api", "libtorch", "stdlib", "cxx11_abi", "sanitizer", "machine"));
}

TEST(AbiFacts, AreFoundAfterStripAndLinkTimeOptimisation) {
  EXPECT_EQ(read_abi_facts(LONGTAIL_BAD_PLUGINS "/slim/slim.longtail.so"), host_abi_facts());
  EXPECT_EQ(read_abi_facts(LONGTAIL_BAD_PLUGINS "/good/good.longtail.so"), host_abi_facts());
}

// As if it had been cut after it was opened.
TEST(AbiFacts, AFileThatHasLessThanItClaimsIsNamedSo) {
  const std::filesystem::path file = "/sys/devices/system/cpu/online";
  std::error_code unseen;
  if (std::filesystem::file_size(file, unseen) != 4096) GTEST_SKIP() << "no such file of the system";
  try {
    read_abi_facts(file);
    FAIL() << "was read";
  } catch (const PluginError& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("it was cut while it was being read; "));
  }
}

TEST(AbiFacts, DamagedTextIsReadAsFarAsItGoes) {
  EXPECT_TRUE(parse_abi_facts("").empty());
  EXPECT_EQ(parse_abi_facts(";;api=1;nonsense;x=").size(), 2u);
}

}  // namespace
}  // namespace longtail
