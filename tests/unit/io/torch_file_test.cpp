#include "core/io/torch_file.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <longtail/error.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/support/torch_bytes.h"
#include "tests/unit/io/files.h"

namespace longtail {
namespace {

using test::message_of;
using test::read_text;
using test::TemporaryFolder;
using test::write_text;
using testing::HasSubstr;

std::filesystem::path fixture(const std::string& name) {
  return std::filesystem::path(LONGTAIL_SOURCE_DIR) / "tests/oracle/torch_files" / name;
}

at::Tensor counted(at::IntArrayRef shape, at::ScalarType type = at::kFloat) {
  std::int64_t count = 1;
  for (const auto size : shape) count *= size;
  return at::arange(count).remainder(7).to(type).reshape(shape);
}

std::map<std::string, at::Tensor> tensors_of(TorchFile& file, const PickleValue& dict) {
  std::map<std::string, at::Tensor> result;
  for (const auto& [key, value] : dict.entries()) result[std::string(key->text)] = file.tensor(*value);
  return result;
}

/// Reads all that a file can give, as a hostile file would have us do.
void read_all(const std::filesystem::path& path) {
  TorchFile file(path);
  for (const auto& [key, value] : file.root().entries()) {
    const auto tensor = file.tensor(*value);
    if (tensor.defined()) tensor.clone();
  }
}

class TorchFileFormats : public testing::TestWithParam<const char*> {};

TEST_P(TorchFileFormats, EveryTypeAndLayout) {
  TorchFile file(fixture(GetParam()));
  const auto read = tensors_of(file, file.root());
  const std::map<std::string, at::ScalarType> types = {
      {"float32", at::kFloat},     {"float64", at::kDouble}, {"float16", at::kHalf},
      {"bfloat16", at::kBFloat16}, {"int64", at::kLong},     {"int32", at::kInt},
      {"int16", at::kShort},       {"int8", at::kChar},      {"uint8", at::kByte}};
  for (const auto& [name, type] : types) {
    EXPECT_EQ(read.at(name).scalar_type(), type) << name;
    EXPECT_TRUE(at::equal(read.at(name), counted({2, 3}, type))) << name;
  }
  EXPECT_TRUE(at::equal(read.at("bool"), at::tensor({1, 0, 1}).to(at::kBool)));
  const auto base = counted({4, 6});
  EXPECT_TRUE(at::equal(read.at("base"), base));
  EXPECT_TRUE(at::equal(read.at("transposed"), base.t()));
  EXPECT_EQ(read.at("transposed").strides(), at::IntArrayRef({1, 6}));
  EXPECT_TRUE(at::equal(read.at("slice"), base.slice(0, 1, 3).slice(1, 2, 5)));
  EXPECT_TRUE(at::equal(read.at("expanded"), counted({3, 1}).expand({3, 4})));
  EXPECT_EQ(read.at("scalar").item<float>(), 1.5F);
  EXPECT_EQ(read.at("empty").sizes(), at::IntArrayRef({0, 3}));
  EXPECT_TRUE(at::equal(read.at("parameter"), counted({3})));
}

TEST_P(TorchFileFormats, SharedStoragesStayShared) {
  TorchFile file(fixture(GetParam()));
  auto read = tensors_of(file, file.root());
  read.at("base").fill_(9);
  EXPECT_EQ(read.at("slice").min().item<float>(), 9);
  EXPECT_EQ(read.at("transposed").min().item<float>(), 9);
}

INSTANTIATE_TEST_SUITE_P(All, TorchFileFormats,
                         testing::Values("tensors.pth", "tensors_legacy.pth", "tensors_protocol4.pth",
                                         "tensors_legacy_protocol5.pth"));

class TinyTorchFile : public testing::TestWithParam<const char*> {};

TEST_P(TinyTorchFile, EveryTruncationIsADataError) {
  TemporaryFolder folder;
  const auto bytes = read_text(fixture(GetParam()));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    write_text(folder / "cut.pth", bytes.substr(0, size));
    const auto message = message_of<DataError>([&] { read_all(folder / "cut.pth"); });
    ASSERT_THAT(message, HasSubstr("cut.pth")) << size;
  }
}

TEST_P(TinyTorchFile, AnyChangedByteIsReadOrADataError) {
  TemporaryFolder folder;
  const auto bytes = read_text(fixture(GetParam()));
  for (std::size_t place = 0; place < bytes.size(); ++place) {
    auto damaged = bytes;
    damaged[place] = static_cast<char>(damaged[place] ^ (1 + place * 37 % 255));
    write_text(folder / "damaged.pth", damaged);
    try {
      read_all(folder / "damaged.pth");
    } catch (const DataError&) {
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, TinyTorchFile, testing::Values("tiny.pth", "tiny_legacy.pth"));

TEST(TorchFile, CheckpointsWithMetaDataAreRead) {
  for (const auto* name : {"checkpoint.pth", "checkpoint_legacy.pth"}) {
    TorchFile file(fixture(name));
    const auto* weights = file.root().find("state_dict");
    ASSERT_NE(weights, nullptr);
    EXPECT_TRUE(at::equal(tensors_of(file, *weights).at("module.0.weight"), counted({2, 1, 3, 3})));
    const auto* meta = file.root().find("meta");
    ASSERT_NE(meta, nullptr);
    EXPECT_EQ(meta->find("epoch")->integer, 3);
    EXPECT_EQ(meta->find("CLASSES")->items[1]->text, "d\xc3\xb6g");
    EXPECT_FALSE(file.tensor(*meta->find("history")).defined());
  }
}

TEST(TorchFile, StateDictsWithHiddenMetadataAreRead) {
  TorchFile file(fixture("net.pth"));
  const auto read = tensors_of(file, file.root());
  EXPECT_EQ(read.size(), 8u);
  EXPECT_EQ(read.at("1.num_batches_tracked").scalar_type(), at::kLong);
}

TEST(TorchFile, OtherFilesAreNamed) {
  const auto error = [](const char* name) { return message_of<DataError>([&] { TorchFile file(fixture(name)); }); };
  EXPECT_THAT(error("whole_module.pth"), HasSubstr("refused to load 'torch.nn.modules.container.Sequential'"));
  EXPECT_THAT(error("script.pt"), HasSubstr("this is a TorchScript program, not weights"));
  EXPECT_THAT(error("plain.pkl"), HasSubstr("a Python pickle, but not one of torch.save()"));
  EXPECT_THAT(error("compressed.zip"), HasSubstr("the archive is compressed"));
  EXPECT_THAT(error("make.py"), HasSubstr("not a file of torch.save()"));
}

TEST(TorchFile, EntriesOfTheArchiveThatShareBytesAreRefused) {
  TemporaryFolder folder;
  const std::string dict = test::pickled_dict({{"w", test::pickled_vector(8)}});
  write_text(folder / "good.pth", test::torch_bytes(dict));
  EXPECT_NO_THROW(read_all(folder / "good.pth"));
  write_text(folder / "a.pth", test::torch_bytes(dict, 8, 3));
  EXPECT_THAT(message_of<DataError>([&] { TorchFile file(folder / "a.pth"); }),
              HasSubstr("two entries of the archive share bytes"));
}

TEST(TorchFile, OneStorageHasOneType) {
  TemporaryFolder folder;
  std::string other = test::pickled_vector(8);
  other.replace(other.find("FloatStorage"), 12, "IntStorage");
  write_text(folder / "a.pth", test::torch_bytes(test::pickled_dict({{"a", test::pickled_vector(8)}, {"b", other}})));
  EXPECT_THAT(message_of<DataError>([&] { read_all(folder / "a.pth"); }), HasSubstr("storage '0' has two types"));
}

TEST(TorchFile, ANumberBeyond64BitsIsNotZero) {
  TemporaryFolder folder;
  const std::string huge("\x8a\x09\0\0\0\0\0\0\0\x40\0", 11);  // LONG1 of nine bytes
  const auto error = [&](const std::string& number) {
    std::string tensor = test::pickled_tensor("0", 8, {2}, {1});
    tensor.replace(tensor.find(number), number.size(), huge);
    write_text(folder / "a.pth", test::torch_bytes(test::pickled_dict({{"a", tensor}})));
    return message_of<DataError>([&] { read_all(folder / "a.pth"); });
  };
  const std::string offset = test::pickled(0);
  const std::string elements = test::pickled(8);
  EXPECT_THAT(error(offset), HasSubstr("a tensor lacks its parts"));
  EXPECT_THAT(error(elements), HasSubstr("a tensor's storage is of an unknown kind"));
}

TEST(TorchFile, AChangedWeightIsNoticed) {
  TemporaryFolder folder;
  auto bytes = read_text(fixture("tensors.pth"));
  const std::string one("\0\0\x80\x3f", 4);  // the float 1
  bytes[bytes.find(one) + 2] = '\x70';
  write_text(folder / "a.pth", bytes);
  EXPECT_THAT(message_of<DataError>([&] { TorchFile file(folder / "a.pth"); }),
              HasSubstr("checksum of 'tensors/data/"));
}

}  // namespace
}  // namespace longtail
