#include "core/engine/task_parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <longtail/error.h>

#include <cstdint>
#include <string>

#include "tests/support/temporary_folder.h"

namespace longtail {
namespace {

using ::testing::StartsWith;

TEST(TaskParts, MissingPicturesAreCounted) {
  const test::TemporaryFolder folder;
  const std::string root = folder.write("seen.png", "").parent_path().string();
  const auto message = [&](std::int64_t num_images) -> std::string {
    try {
      require_pictures({}, root, "data.root", "list.txt", num_images,
                       [](std::int64_t i) { return i == 0 ? "none.png" : "seen.png"; });
    } catch (const DataError& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(message(1), StartsWith("list.txt: 1 of 1 image cannot be opened: " + root + "/none.png ("));
  EXPECT_THAT(message(3), StartsWith("list.txt: 1 of 3 images cannot be opened: " + root + "/none.png ("));
}

}  // namespace
}  // namespace longtail
