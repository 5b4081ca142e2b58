#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/support/temporary_folder.h"

namespace longtail {

/// A test in a folder of its own, which is the current one while it runs.
class InTemporaryFolder : public testing::Test {
 protected:
  void SetUp() override {
    before_ = std::filesystem::current_path();
    std::filesystem::current_path(folder_.path());
  }
  void TearDown() override { std::filesystem::current_path(before_); }

  void write(const std::string& name, const std::string& text) { folder_.write(name, text); }

 private:
  std::filesystem::path before_;
  test::TemporaryFolder folder_;
};

}  // namespace longtail
