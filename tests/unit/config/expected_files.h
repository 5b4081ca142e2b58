#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

namespace longtail {

inline std::string read_text(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// For each x.yaml of `folder`: `say("x.yaml")`, called in the folder, must give the text of x.expected. With
/// LONGTAIL_UPDATE_EXPECTED set the files are written instead.
inline void expect_files(const std::filesystem::path& folder,
                         const std::function<std::string(const std::string&)>& say) {
  std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder);
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(".")) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path().filename().string());
  }
  std::sort(files.begin(), files.end());
  EXPECT_FALSE(files.empty()) << folder;
  for (const std::string& file : files) {
    std::filesystem::path expected = std::filesystem::path(file).replace_extension(".expected");
    std::string said = say(file) + "\n";
    if (std::getenv("LONGTAIL_UPDATE_EXPECTED") != nullptr) {
      std::ofstream(expected, std::ios::binary) << said;
    } else {
      EXPECT_EQ(said, read_text(expected)) << file;
    }
  }
  std::filesystem::current_path(before);
}

}  // namespace longtail
