#include <gtest/gtest.h>
#include <longtail/config/compose.h>

#include <sstream>

#include "tests/unit/config/expected_files.h"

namespace longtail {
namespace {

TEST(ConfigErrors, SayWhatTheExpectedFilesSay) {
  expect_files(LONGTAIL_SOURCE_DIR "/tests/config_errors", [](const std::string& file) {
    ComposeOptions options;
    options.roots = {"roots"};
    std::istringstream lines(read_text(file));
    const std::string marker = "# --set ";
    for (std::string line; std::getline(lines, line) && line.compare(0, marker.size(), marker) == 0;) {
      options.overrides.push_back(line.substr(marker.size()));
    }
    Diagnostics diagnostics;
    compose(file, options, diagnostics);
    EXPECT_FALSE(diagnostics.ok()) << file;
    return diagnostics.text();
  });
}

}  // namespace
}  // namespace longtail
