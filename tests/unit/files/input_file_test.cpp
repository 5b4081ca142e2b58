#include "registry/files/input_file.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <string>

#include "tests/support/temporary_folder.h"

namespace longtail {
namespace {

using ::testing::HasSubstr;

class InputFileTest : public ::testing::Test {
 protected:
  std::string problem_of(const std::filesystem::path& file, std::uint64_t most = 1000) {
    std::string problem;
    EXPECT_FALSE(read_input(file, most, bytes_, problem));
    return problem;
  }

  test::TemporaryFolder folder_;
  std::string bytes_;
};

TEST_F(InputFileTest, ARegularFileIsReadWhole) {
  std::string problem = "before";
  EXPECT_TRUE(read_input(folder_.write("a", std::string("x\0y", 3)), 3, bytes_, problem));
  EXPECT_EQ(bytes_, std::string("x\0y", 3));
  EXPECT_EQ(problem, "");
  EXPECT_TRUE(read_input(folder_.write("empty", ""), 0, bytes_, problem));
  EXPECT_EQ(bytes_, "");
}

TEST_F(InputFileTest, WhatIsNoRegularFileIsNamedAndNeverWaitedFor) {
  ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(problem_of(folder_ / "pipe"), HasSubstr("this is a pipe, not a regular file; put what it gives"));
  EXPECT_THAT(problem_of("/dev/zero"), HasSubstr("this is a device"));
  EXPECT_EQ(problem_of(folder_.path()), "this is a folder; name a file in it");
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (folder_ / "socket").string().copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_THAT(problem_of(folder_ / "socket"), HasSubstr("this is a socket"));
  ::close(socket);
  std::filesystem::create_symlink(folder_ / "pipe", folder_ / "link");
  EXPECT_THAT(problem_of(folder_ / "link"), HasSubstr("this is a pipe"));
}

TEST_F(InputFileTest, AMissingFileAndOneThatIsTooLargeAreTold) {
  EXPECT_EQ(problem_of(folder_ / "none"), "No such file or directory; check the path");
  EXPECT_TRUE(InputFile(folder_ / "none").is_missing());
  const auto file = folder_.write("sparse", "");
  std::filesystem::resize_file(file, std::uintmax_t{5} << 40);  // not one block of it is on the disk
  EXPECT_THAT(problem_of(file), HasSubstr("5242880 MiB are more than such a file has"));
}

}  // namespace
}  // namespace longtail
