#include "core/doctor/doctor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace longtail {
namespace {

using ::testing::HasSubstr;

const std::vector<Finding> two{{"Plugins", "folder", "/a: 3 plugin files in use", ""},
                               {"Plugins", "not usable", "/a/b.longtail.so", "built for\nanother version"}};

TEST(Doctor, TextPutsAdviceUnderItsFinding) {
  EXPECT_EQ(findings_text(two),
            "Plugins\n"
            "  ok    folder             /a: 3 plugin files in use\n"
            "  WARN  not usable         /a/b.longtail.so\n"
            "        -> built for\n"
            "           another version\n"
            "\n1 warning; -> says what to do.\n");
}

TEST(Doctor, JsonCountsWarnings) {
  const auto json = nlohmann::json::parse(findings_json(two));
  EXPECT_EQ(json["warnings"], 1);
  EXPECT_EQ(json["findings"][0]["status"], "ok");
  EXPECT_EQ(json["findings"][1]["status"], "warning");
  EXPECT_EQ(json["findings"][1]["advice"], "built for\nanother version");
}

TEST(Doctor, LooksAtEverySection) {
  DoctorOptions options;
  options.measure = false;
  Catalog catalog;
  catalog.add_searched("/nowhere/plugins");
  catalog.add_failure({"/nowhere/x.longtail.so", "not a shared library"});
  const std::string text = findings_text(examine(catalog, options));
  for (const char* part : {"LibTorch", "OpenCV", "instructions", "threads", "BLAS", "GB available", "GB free", "emoji",
                           "CUDA", "/nowhere/plugins: does not exist", "-> not a shared library", "none found"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

}  // namespace
}  // namespace longtail
