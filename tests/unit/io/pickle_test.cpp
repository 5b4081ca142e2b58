#include "core/io/pickle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <longtail/error.h>

#include <string>

#include "tests/unit/io/files.h"

namespace longtail {
namespace {

using namespace std::string_literals;
using test::message_of;
using testing::HasSubstr;
using Kind = PickleValue::Kind;

bool only_ordered_dict(std::string_view name) { return name == "collections.OrderedDict"; }

std::string error_of(const std::string& bytes) {
  return message_of<DataError>([&] { Pickle("f", bytes, only_ordered_dict); });
}

TEST(Pickle, ReadsScalars) {
  const auto bytes =
      "\x80\x02(NK\x05J\xfe\xff\xff\xffM\x01\x02\x88\x89G\x3f\xf8\0\0\0\0\0\0X\x02\0\0\0\xc3\xa9"
      "\x8a\x02\x00\xff\x8a\x00t."s;
  const Pickle pickle("f", bytes, only_ordered_dict);
  const auto& items = pickle.root().items;
  ASSERT_EQ(items.size(), 10u);
  EXPECT_TRUE(items[0]->is(Kind::none));
  EXPECT_EQ(items[1]->integer, 5);
  EXPECT_EQ(items[2]->integer, -2);
  EXPECT_EQ(items[3]->integer, 513);
  EXPECT_TRUE(items[4]->is(Kind::boolean) && items[4]->integer == 1);
  EXPECT_TRUE(items[5]->is(Kind::boolean) && items[5]->integer == 0);
  EXPECT_EQ(items[6]->real, 1.5);
  EXPECT_EQ(items[7]->text, "\xc3\xa9");
  EXPECT_EQ(items[8]->integer, -256);
  EXPECT_EQ(items[9]->integer, 0);
  EXPECT_EQ(pickle.end(), bytes.size());
}

TEST(Pickle, ReadsContainersAndMemo) {
  // {"a": [1, 2], "b": the same list}
  const auto bytes =
      "\x80\x04}(\x8c\x01"
      "a]\x94(K\x01K\x02"
      "e\x8c\x01"
      "bh\0u."s;
  const Pickle pickle("f", bytes, only_ordered_dict);
  ASSERT_NE(pickle.root().find("a"), nullptr);
  EXPECT_EQ(pickle.root().find("a"), pickle.root().find("b"));
  EXPECT_EQ(pickle.root().find("a")->items.size(), 2u);
  EXPECT_EQ(pickle.root().find("c"), nullptr);
}

TEST(Pickle, OrderedDictsOfBothPythons) {
  const auto python3 =
      "\x80\x02"
      "ccollections\nOrderedDict\n)R(X\x01\0\0\0aK\x01X\x01\0\0\0bK\x02u}X\x01\0\0\0mNsb."s;
  const Pickle three("f", python3, only_ordered_dict);
  ASSERT_EQ(three.root().entries().size(), 2u);
  EXPECT_EQ(three.root().find("b")->integer, 2);
  EXPECT_NE(three.root().state, nullptr);
  const auto python2 =
      "\x80\x02"
      "ccollections\nOrderedDict\n](]( U\x01"
      "aK\x01"
      "e]"s;  // damaged on purpose
  EXPECT_NE(error_of(python2), "");
  const auto pairs =
      "\x80\x02"
      "ccollections\nOrderedDict\n](](U\x01"
      "aK\x01"
      "e](U\x01"
      "bK\x02"
      "ee\x85R."s;
  const Pickle two("f", pairs, only_ordered_dict);
  ASSERT_EQ(two.root().entries().size(), 2u);
  EXPECT_EQ(two.root().find("b")->integer, 2);
}

TEST(Pickle, RefusesNamesThatAreNotAllowed) {
  EXPECT_EQ(
      error_of("\x80\x02"
               "cposix\nsystem\nX\x02\0\0\0ls\x85R."s),
      "f: byte 2: refused to load 'posix.system', which could run code; in Python, if you trust the file, save its "
      "weights alone: torch.save(model.state_dict(), ...)");
  EXPECT_THAT(error_of("\x80\x04\x8c\x02os\x8c\x06system\x93."s), HasSubstr("refused to load 'os.system'"));
  EXPECT_THAT(error_of("cos\nsystem\n(S'ls'\ntR."s), HasSubstr("refused to load 'os.system'"));
  EXPECT_THAT(error_of("\x80\x02"
                       "c__builtin__\neval\n."s),
              HasSubstr("'__builtin__.eval'"));
  EXPECT_THAT(error_of("\x80\x02"
                       "c\x1b[2J\nx\n."s),
              HasSubstr("'\\x1b[2J.x'"));
}

TEST(Pickle, RefusesOtherWaysToCall) {
  EXPECT_THAT(error_of("(S'ls'\nios\nsystem\n."s), HasSubstr("instruction 0x53 is not supported"));
  EXPECT_THAT(error_of("(ios\nsystem\n."s), HasSubstr("instruction 0x69 is not supported"));
  EXPECT_THAT(error_of("\x80\x02\x82\x01."s), HasSubstr("instruction 0x82 is not supported"));
  EXPECT_THAT(error_of("\x80\x02X\x02\0\0\0os)R."s), HasSubstr("what is called is not a class"));
}

TEST(Pickle, CyclesAreOnlyData) {
  const auto bytes = "\x80\x02]q\0h\0a."s;  // a list that holds itself
  const Pickle pickle("f", bytes, only_ordered_dict);
  EXPECT_EQ(pickle.root().items.front(), &pickle.root());
}

TEST(Pickle, DeepNestingIsFine) {
  std::string bytes = "\x80\x02";
  for (int i = 0; i < 200000; ++i) bytes += ']';
  for (int i = 0; i < 199999; ++i) bytes += 'a';
  EXPECT_EQ(error_of(bytes + "."), "");
}

TEST(Pickle, FalseSizesAreRefused) {
  EXPECT_THAT(error_of("\x80\x02X\xff\xff\xff\xff"
                       "abc"s),
              HasSubstr("byte 2: the file ends inside the pickle"));
  EXPECT_THAT(error_of("\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\xff"
                       "abc."s),
              HasSubstr("the file ends inside"));
  EXPECT_THAT(error_of("\x80\x02\x8b\xff\xff\xff\xff."s), HasSubstr("the file ends inside"));
  EXPECT_THAT(error_of(std::string(4'000'001, '(')), HasSubstr("too many instructions"));
}

// Three bytes that name two long texts would make a text of both, again and again.
TEST(Pickle, LongNamesOfClassesAreRefused) {
  const std::string name(2000, 'n');
  const auto bytes = "\x80\x04" + ("X" + std::string("\xd0\x07\0\0"s) + name) + "q\0"s + "h\0"s + "\x93.";
  EXPECT_THAT(error_of(bytes), HasSubstr("the name of a class is too long"));
}

TEST(Pickle, UnbalancedStacksAreRefused) {
  EXPECT_NE(error_of("."s), "");
  EXPECT_NE(error_of("\x80\x02t."s), "");
  EXPECT_NE(error_of("\x80\x02\x87."s), "");
  EXPECT_NE(error_of("\x80\x02NN."s), "");
  EXPECT_NE(error_of("\x80\x02N(."s), "");
  EXPECT_NE(error_of("\x80\x02N(\x85."s), "");  // reaches below the mark
  EXPECT_NE(error_of("\x80\x02}(Nu."s), "");
  EXPECT_NE(error_of("\x80\x02Nh\x07."s), "");
  EXPECT_NE(error_of("\x80\x02NNa."s), "");
  EXPECT_NE(error_of("\x80\x02q\0N."s), "");
  EXPECT_NE(error_of("\x80\x09N."s), "");
}

}  // namespace
}  // namespace longtail
