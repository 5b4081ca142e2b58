#include "registry/files/foreign_format.h"

#include <gmock/gmock.h>

namespace longtail {
namespace {

using std::string_view_literals::operator""sv;
using ::testing::HasSubstr;

TEST(ForeignFormat, WhatDownloadsAndArchivesLeaveBehindIsNamedWithWhatToDo) {
  EXPECT_THAT(foreign_format("version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 9\n"),
              HasSubstr("git lfs pull"));
  EXPECT_THAT(foreign_format("\x1f\x8b\x08\0\0\0\0\0"sv), HasSubstr("gunzip"));
  EXPECT_THAT(foreign_format("BZh91AY"), HasSubstr("bunzip2"));
  EXPECT_THAT(foreign_format("\xfd\x37zXZ\0\0"sv), HasSubstr("unxz"));
  EXPECT_THAT(foreign_format("\x28\xb5\x2f\xfd\x24"), HasSubstr("unzstd"));
  EXPECT_THAT(foreign_format("PK\3\4\x14"), HasSubstr("zip archive"));
  EXPECT_THAT(foreign_format("\n <!DOCTYPE html><title>404</title>"), HasSubstr("HTML"));
  EXPECT_THAT(foreign_format("\xEF\xBB\xBF<html>"), HasSubstr("HTML"));
}

TEST(ForeignFormat, Utf16IsNamedWithAndWithoutItsMark) {
  for (const std::string_view text : {"\xff\xfe"
                                      "a\0.\0"sv,
                                      "\xfe\xff\0a\0."sv, "a\0.\0p\0"sv, "\0a\0.\0p"sv}) {
    EXPECT_EQ(foreign_format(text), "this is text in UTF-16; save it as UTF-8");
  }
}

TEST(ForeignFormat, Utf32IsNotTakenForUtf16) {
  for (const std::string_view text : {"\xff\xfe\0\0{\0\0\0"sv, "\0\0\xfe\xff\0\0\0{"sv}) {
    EXPECT_EQ(foreign_format(text), "this is text in UTF-32; save it as UTF-8");
  }
}

TEST(ForeignFormat, ATarArchiveIsNamed) {
  std::string tar = "annotations.json" + std::string(241, '\0');
  ASSERT_EQ(tar.size(), 257U);
  EXPECT_EQ(foreign_format(tar), "");
  for (const std::string_view magic : {"ustar\00000"sv, "ustar  \0"sv}) {
    EXPECT_THAT(foreign_format(tar + std::string(magic)), HasSubstr("this is a tar archive; unpack it"));
  }
  EXPECT_EQ(foreign_format(std::string(256, ' ') + "mustard\n"), "") << "a name in a list of classes";
}

TEST(ForeignFormat, OrdinaryFilesAreNone) {
  for (const std::string_view text : {""sv, "a"sv, "a.jpg 0\n"sv,
                                      "\xEF\xBB\xBF"
                                      "a.jpg 0\n"sv,
                                      "{\"images\": []}"sv, "Bus 1"sv}) {
    EXPECT_EQ(foreign_format(text), "") << text;
  }
}

TEST(ForeignFormat, AByteOrderMarkGoesOnlyFromTheStart) {
  EXPECT_EQ(without_byte_order_mark("\xEF\xBB\xBF"
                                    "a\xEF\xBB\xBF"),
            "a\xEF\xBB\xBF");
  EXPECT_EQ(without_byte_order_mark("\xEF\xBB"), "\xEF\xBB");
}

}  // namespace
}  // namespace longtail
