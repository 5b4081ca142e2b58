#include "core/io/mapped_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "core/io/mappings.h"
#include "tests/unit/io/files.h"

namespace longtail {
namespace {

TEST(MappedFile, IsKnownByItsAddressesWhileItLives) {
  const test::TemporaryFolder folder;
  const auto one = folder.write("one\n.bin", std::string(5000, 'x')), two = folder.write("two.bin", "text");
  const char* begin = nullptr;
  {
    const auto first = MappedFile::open(one);
    begin = first->bytes().data();
    const auto second = MappedFile::open(two);
    EXPECT_STREQ(mapped_file_at(begin), (folder.path().string() + "/one?.bin").c_str());
    EXPECT_STREQ(mapped_file_at(begin + 4999), mapped_file_at(begin));
    EXPECT_STREQ(mapped_file_at(second->bytes().data()), two.c_str());
    EXPECT_EQ(mapped_file_at(&begin), nullptr);
  }
  EXPECT_EQ(mapped_file_at(begin), nullptr);
  EXPECT_EQ(mapped_file_at(nullptr), nullptr);
}

}  // namespace
}  // namespace longtail
