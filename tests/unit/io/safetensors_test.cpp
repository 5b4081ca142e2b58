#include "core/io/safetensors.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <longtail/error.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/unit/io/files.h"

namespace longtail {
namespace {

using test::message_of;
using test::read_text;
using test::TemporaryFolder;
using test::write_text;
using testing::HasSubstr;

std::string prefixed(const std::string& header, const std::string& data = "") {
  const std::uint64_t size = header.size();
  return std::string(reinterpret_cast<const char*>(&size), sizeof size) + header + data;
}

TensorFile all_types() {
  TensorFile file;
  file.metadata = {{"format", "pt"}, {"quote", "a \"b\" \\ \n \xc3\xa9"}};
  for (const auto type : {at::kBool, at::kByte, at::kChar, at::kShort, at::kInt, at::kLong, at::kHalf, at::kBFloat16,
                          at::kFloat, at::kDouble, at::kComplexFloat}) {
    file.tensors.emplace_back(c10::toString(type), at::arange(3).remainder(2).to(type));
  }
  file.tensors.emplace_back("scalar", at::scalar_tensor(1.5));
  file.tensors.emplace_back("none", at::empty({0, 3}));
  return file;
}

void expect_same(const TensorFile& a, const TensorFile& b) {
  EXPECT_EQ(a.metadata, b.metadata);
  ASSERT_EQ(a.tensors.size(), b.tensors.size());
  for (std::size_t i = 0; i < a.tensors.size(); ++i) {
    EXPECT_EQ(a.tensors[i].first, b.tensors[i].first);
    EXPECT_EQ(a.tensors[i].second.scalar_type(), b.tensors[i].second.scalar_type());
    EXPECT_TRUE(at::equal(a.tensors[i].second, b.tensors[i].second)) << a.tensors[i].first;
  }
}

TEST(Safetensors, EveryTypeComesBackAligned) {
  TemporaryFolder folder;
  const auto file = all_types();
  write_safetensors(folder / "a", file);
  const auto read = read_safetensors(folder / "a");
  expect_same(read, file);
  for (const auto& [name, tensor] : read.tensors) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor.data_ptr()) % tensor.element_size(), 0u) << name;
  }
}

TEST(Safetensors, SameInputSameBytes) {
  TemporaryFolder folder;
  write_safetensors(folder / "a", all_types());
  write_safetensors(folder / "b", read_safetensors(folder / "a"));
  EXPECT_EQ(read_text(folder / "a"), read_text(folder / "b"));
}

TEST(Safetensors, HeaderIsWrittenAsDocumented) {
  TemporaryFolder folder;
  write_safetensors(folder / "a", {{}, {{"x", at::ones({1, 2}, at::kByte)}, {"y", at::zeros({1}, at::kInt)}}});
  const std::string header =
      R"({"x":{"dtype":"U8","shape":[1,2],"data_offsets":[4,6]},"y":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}})";
  const auto padded = header + std::string((64 - (8 + header.size()) % 64) % 64, ' ');
  EXPECT_EQ(read_text(folder / "a"), prefixed(padded, std::string("\0\0\0\0\1\1", 6)));
}

TEST(Safetensors, ViewsAreStoredAsTheyLook) {
  TemporaryFolder folder;
  const auto base = at::arange(12).view({3, 4});
  write_safetensors(folder / "a", {{}, {{"t", base.t()}, {"s", base.slice(1, 1, 3)}}});
  const auto read = read_safetensors(folder / "a");
  EXPECT_TRUE(at::equal(*read.find("t"), base.t()));
  EXPECT_TRUE(at::equal(*read.find("s"), base.slice(1, 1, 3)));
}

TEST(Safetensors, TensorsOutliveTheFileAndMayBeWritten) {
  TemporaryFolder folder;
  write_safetensors(folder / "a", {{}, {{"x", at::ones({1000})}}});
  const auto before = read_text(folder / "a");
  auto tensor = read_safetensors(folder / "a").tensors.front().second;
  tensor.add_(1);
  EXPECT_EQ(tensor.sum().item<float>(), 2000);
  EXPECT_EQ(read_text(folder / "a"), before);
}

TEST(Safetensors, UnalignedDataOfOthersIsRead) {
  TemporaryFolder folder;
  const float value = 2.5F;
  const std::string data = "\1" + std::string(reinterpret_cast<const char*>(&value), 4);
  write_text(folder / "a", prefixed(R"({"b":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]},)"
                                    R"("f":{"dtype":"F32","shape":[],"data_offsets":[1,5]}}  )",
                                    data));
  EXPECT_EQ(read_safetensors(folder / "a").find("f")->item<float>(), value);
}

TEST(Safetensors, EveryTruncationIsADataError) {
  TemporaryFolder folder;
  write_safetensors(folder / "a", all_types());
  const auto bytes = read_text(folder / "a");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    write_text(folder / "b", bytes.substr(0, size));
    const auto message = message_of<DataError>([&] { read_safetensors(folder / "b"); });
    EXPECT_THAT(message, HasSubstr("b: byte ")) << size;
    EXPECT_THAT(message, HasSubstr("; download or copy the file again")) << size;
  }
}

TEST(Safetensors, AnyChangedByteIsReadOrADataError) {
  TemporaryFolder folder;
  write_safetensors(folder / "a", {{}, {{"x", at::ones({2})}, {"y", at::zeros({1}, at::kBool)}}});
  const auto bytes = read_text(folder / "a");
  for (std::size_t place = 0; place < bytes.size(); ++place) {
    for (const int change : {0x01, 0x10, 0x80, 0xff}) {
      auto damaged = bytes;
      damaged[place] = static_cast<char>(damaged[place] ^ change);
      write_text(folder / "b", damaged);
      try {
        read_safetensors(folder / "b");
      } catch (const DataError&) {
      }
    }
  }
}

TEST(Safetensors, FalseHeadersAreNamed) {
  TemporaryFolder folder;
  const std::string data = std::string(8, '\0');
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", "has 4 bytes of data"},
      {R"({"x":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}})", "has 8 bytes of data"},
      {R"({"x":{"dtype":"F32","shape":[0,4611686018427387904,8],"data_offsets":[0,0]}})", "has 0 bytes of data"},
      {R"({"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", "has a size that is not"},
      {R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", "byte 66: the data of 'x' leave a hole"},
      {R"({"x":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"y":{"dtype":"U8","shape":[2],"data_offsets":[6,8]}})",
       "the data of 'y' overlap"},
      {R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "4 bytes follow the last tensor"},
      {R"({"x":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}})", "should reach 8 bytes further"},
      {R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", "ends (at 0) before it begins (at 4)"},
      {R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0.5,4]}})", "are not whole numbers"},
      {R"({"x":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}})", "'x' has dtype F8_E4M3; it is not supported"},
      {R"({"x":{"dtype":"F32","shape":[1]}})", "lacks one of"},
      {R"({"x":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "has 'dtype' twice"},
      {R"({"x":{"dtype":"F64","shape":[],"data_offsets":[0,8]},"x":{"dtype":"F64","shape":[],"data_offsets":[0,8]}})",
       "'x' appears twice"},
      {R"({"__metadata__":{"a":1}})", "has a 'a' that is not a string"},
      {R"({"x":1})", "is not an object"},
      {R"({"x":)", "is not a JSON object"},
      {R"([1,2])", "does not start with '{'"},
  };
  for (const auto& [header, expected] : cases) {
    write_text(folder / "a", prefixed(header, data));
    EXPECT_THAT(message_of<DataError>([&] { read_safetensors(folder / "a"); }), HasSubstr(expected)) << header;
  }
}

TEST(Safetensors, ABoolIsZeroOrOne) {
  TemporaryFolder folder;
  write_text(folder / "a", prefixed(R"({"x":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}})", "\1\7"));
  EXPECT_THAT(message_of<DataError>([&] { read_safetensors(folder / "a"); }), HasSubstr("neither 0 nor 1"));
}

TEST(Safetensors, DeeplyNestedHeadersAreRefused) {
  TemporaryFolder folder;
  std::string deep = "{\"x\":";
  deep += std::string(100000, '[');
  write_text(folder / "a", prefixed(deep));
  EXPECT_THAT(message_of<DataError>([&] { read_safetensors(folder / "a"); }), HasSubstr("is not a JSON object"));
}

TEST(Safetensors, MillionsOfEmptyTensorsAreRefused) {
  TemporaryFolder folder;
  std::string header = "{";
  for (int i = 0; i < 200'001; ++i) {
    header += (i > 0 ? ",\"" : "\"") + std::to_string(i) + R"(":{"dtype":"F32","shape":[0],"data_offsets":[0,0]})";
  }
  write_text(folder / "a", prefixed(header + "}"));
  EXPECT_THAT(message_of<DataError>([&] { read_safetensors(folder / "a"); }), HasSubstr("more than 200000 tensors"));
}

TEST(Safetensors, OtherFilesAreRefused) {
  TemporaryFolder folder;
  EXPECT_THAT(message_of<DataError>([&] { read_safetensors(folder / "no"); }), HasSubstr("check the path"));
  EXPECT_THAT(message_of<DataError>([&] { read_safetensors(folder.path()); }), HasSubstr("is a folder"));
  write_text(folder / "html", "<!DOCTYPE html><html></html>");
  EXPECT_THAT(message_of<DataError>([&] { read_safetensors(folder / "html"); }), HasSubstr("cannot be the length"));
}

TEST(Safetensors, WhatCannotBeStoredIsRefusedBeforeTheOldFileIsTouched) {
  TemporaryFolder folder;
  write_text(folder / "a", "old");
  const auto write = [&](const TensorFile& file) {
    return message_of<Error>([&] { write_safetensors(folder / "a", file); });
  };
  EXPECT_THAT(write({{}, {{"x", at::Tensor()}}}), HasSubstr("tensor 'x': it is not defined"));
  EXPECT_THAT(write({{}, {{"x", at::ones({1}).to_sparse()}}}), HasSubstr("only dense tensors"));
  EXPECT_THAT(write({{}, {{"x", at::ones({1}, at::kComplexDouble)}}}), HasSubstr("no dtype of the format"));
  EXPECT_THAT(write({{}, {{"x", at::ones({1})}, {"x", at::ones({1})}}}), HasSubstr("the name is taken"));
  EXPECT_THAT(write({{}, {{"__metadata__", at::ones({1})}}}), HasSubstr("the name is taken"));
  EXPECT_THAT(write({{}, {{"\xff", at::ones({1})}}}), HasSubstr("not UTF-8"));
  EXPECT_EQ(read_text(folder / "a"), "old");
  EXPECT_EQ(folder.files(), 1);
}

}  // namespace
}  // namespace longtail
