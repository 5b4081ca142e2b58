#include "core/evaluation/learned_confusion.h"

#include <gtest/gtest.h>
#include <longtail/error.h>

#include <fstream>
#include <iterator>

#include "core/data/image.h"
#include "tests/support/temporary_folder.h"

namespace longtail {
namespace {

LearnedConfusion three_fruits() {
  return {{"apple", "pear, green", "plum"}, {0.7, 0.2, 0.1, 0.2, 0.75, 0.05, 0.3, 0, 0.7}};
}

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(LearnedConfusion, WorstPairsAreOffTheDiagonalAndInAStableOrder) {
  const std::vector<ConfusedPair> pairs = worst_pairs(three_fruits(), 3);
  ASSERT_EQ(pairs.size(), 3u);
  EXPECT_EQ(pairs[0].truth, 2);
  EXPECT_EQ(pairs[0].prediction, 0);
  EXPECT_EQ(pairs[1].truth, 0);  // 0.2 as well as the next: the lower class first
  EXPECT_EQ(pairs[1].prediction, 1);
  EXPECT_EQ(pairs[2].truth, 1);
  EXPECT_EQ(pairs[2].value, 0.2);
}

TEST(LearnedConfusion, PairsNeverSeenAreNotListed) { EXPECT_EQ(worst_pairs(three_fruits(), 100).size(), 5u); }

TEST(LearnedConfusion, DoesNotFollowLinks) {
  for (const char* name : {"learned_confusion.csv", "confused_pairs.csv", "learned_confusion.png"}) {
    const test::TemporaryFolder folder;
    std::ofstream(folder.path() / "precious") << "data";
    std::filesystem::create_symlink("precious", folder.path() / name);
    EXPECT_THROW(write_learned_confusion(three_fruits(), folder.path()), Error) << name;
    EXPECT_EQ(content(folder.path() / "precious"), "data") << name;
  }
}

TEST(LearnedConfusion, WritesTheMatrixThePairsAndAPicture) {
  const test::TemporaryFolder folder;
  write_learned_confusion(three_fruits(), folder.path() / "out");
  EXPECT_EQ(content(folder.path() / "out/learned_confusion.csv"),
            "truth,apple,\"pear, green\",plum\napple,0.7,0.2,0.1\n\"pear, green\",0.2,0.75,0.05\nplum,0.3,0,0.7\n");
  EXPECT_EQ(content(folder.path() / "out/confused_pairs.csv").substr(0, 56),
            "truth,taken_for,mean_probability\nplum,apple,0.3\napple,\"p");
  ImageReader reader;
  reader.open((folder.path() / "out/learned_confusion.png").string());
  EXPECT_GT(reader.width(), 800);
}

TEST(LearnedConfusion, WhatAPartialRunHasLearnedIsNamedSo) {
  const test::TemporaryFolder folder;
  write_learned_confusion(three_fruits(), folder.path(), true);
  for (const char* stem : {"learned_confusion.", "confused_pairs."}) {
    EXPECT_FALSE(std::filesystem::exists(folder.path() / (stem + std::string("csv")))) << stem;
    EXPECT_TRUE(std::filesystem::exists(folder.path() / (stem + std::string("partial.csv")))) << stem;
  }
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "learned_confusion.png"));
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "learned_confusion.partial.png"));
}

TEST(LearnedConfusion, ManyClassesStayAPictureOfABearableSize) {
  LearnedConfusion many;
  many.names.assign(1230, "class");
  many.values.assign(1230 * 1230, 0.0);
  const test::TemporaryFolder folder;
  write_learned_confusion(many, folder.path());
  ImageReader reader;
  reader.open((folder.path() / "learned_confusion.png").string());
  EXPECT_GE(reader.height(), 1230);
  EXPECT_LT(reader.width(), 2000);
}

}  // namespace
}  // namespace longtail
