#include "core/engine/tensorboard.h"

#include <fstream>

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"

namespace longtail {
namespace {

// The check value of CRC-32C in RFC 3720, appendix B.4.
TEST(TensorBoard, ChecksumIsCastagnolis) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);
}

TEST(TensorBoard, WritesRecordsThatSayTheirLength) {
  const test::TemporaryFolder folder;
  {
    TensorBoard board(folder.path());
    board.scalar("loss", 1.5, 300);
  }
  const auto file = std::filesystem::directory_iterator(folder.path())->path();
  EXPECT_EQ(file.filename().string().rfind("events.out.tfevents.", 0), 0u);
  std::ifstream stream(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  // Two records: 8 bytes of length, 4 of checksum, body, 4 of checksum.
  const auto first = static_cast<std::size_t>(static_cast<unsigned char>(bytes[0]));
  const std::size_t second_at = 16 + first;
  const auto second = static_cast<std::size_t>(static_cast<unsigned char>(bytes[second_at]));
  EXPECT_EQ(bytes.size(), second_at + 16 + second);
  EXPECT_NE(bytes.find("brain.Event:2"), std::string::npos);
  EXPECT_NE(bytes.find("\xAC\x02"), std::string::npos);  // 300 as a varint
}

TEST(TensorBoard, MarksThePartialNumbers) {
  const test::TemporaryFolder folder;
  {
    TensorBoard board(folder.path());
    board.metrics({{"segm", {{"AP", 0.5}}}}, 1, true);
    board.metrics({{"bbox", {{"AP", 0.5}}}}, 1);
  }
  std::ifstream stream(std::filesystem::directory_iterator(folder.path())->path(), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  EXPECT_NE(bytes.find("segm.partial/AP"), std::string::npos);
  EXPECT_EQ(bytes.find("segm/AP"), std::string::npos);
  EXPECT_NE(bytes.find("bbox/AP"), std::string::npos);
}

}  // namespace
}  // namespace longtail
