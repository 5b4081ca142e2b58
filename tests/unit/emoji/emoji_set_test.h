#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <gtest/gtest.h>
#include <longtail/error.h>

#include "core/emoji/font.h"
#include "tests/support/picture_folder.h"

namespace longtail::testing {

/// Makes sets in a folder of its own; skipped where there is no emoji font.
class EmojiSetTest : public ::testing::Test {
 protected:
  void SetUp() override {
    try {
      find_emoji_font();
    } catch (const DataError& error) {
      GTEST_SKIP() << error.what();
    }
  }

  /// All files of a set: their paths and bytes.
  static std::map<std::string, std::string> files_of(const std::string& folder) {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file()) {
        files[std::filesystem::relative(entry.path(), folder)] = read_bytes(entry.path());
      }
    }
    return files;
  }

  TempFolder folder_;
};

}  // namespace longtail::testing
