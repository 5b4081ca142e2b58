#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <link.h>
#include <longtail/error.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>

#include "registry/plugin/plugin_file.h"
#include "tests/support/temporary_folder.h"

namespace longtail {
namespace {

using testing::StartsWith;
using Header = ElfW(Ehdr);
using Segment = ElfW(Phdr);

constexpr std::uint64_t kHuge[] = {std::numeric_limits<std::uint64_t>::max(),
                                   std::numeric_limits<std::uint64_t>::max() - 63, std::uint64_t{1} << 63U,
                                   std::uint64_t{1} << 47U, (std::uint64_t{1} << 32U) + 8};

class ElfHeader : public testing::Test {
 protected:
  ElfHeader() {
    std::ifstream file(LONGTAIL_BAD_PLUGINS "/good/good.longtail.so", std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(file), {});
    std::memcpy(&header_, bytes_.data(), sizeof header_);
  }

  /// "" where the facts are read.
  std::string reason(const std::string& bytes) {
    try {
      read_abi_facts(folder_.write("x.longtail.so", bytes));
      return "";
    } catch (const PluginError& error) {
      return error.what();
    }
  }

  std::string with(const Header& header) const {
    std::string changed = bytes_;
    std::memcpy(changed.data(), &header, sizeof header);
    return changed;
  }

  std::string with(std::size_t index, const Segment& segment) const {
    std::string changed = bytes_;
    std::memcpy(changed.data() + header_.e_phoff + index * sizeof segment, &segment, sizeof segment);
    return changed;
  }

  Segment segment(std::size_t index) const {
    Segment segment;
    std::memcpy(&segment, bytes_.data() + header_.e_phoff + index * sizeof segment, sizeof segment);
    return segment;
  }

  test::TemporaryFolder folder_;
  std::string bytes_;
  Header header_;
};

TEST_F(ElfHeader, OffsetsThatOverflowAreRefused) {
  ASSERT_EQ(reason(bytes_), "");
  for (const std::uint64_t huge : kHuge) {
    Header header = header_;
    header.e_phoff = huge;
    EXPECT_THAT(reason(with(header)), StartsWith("it is "));
  }
  for (const std::uint16_t count : {std::uint16_t{0}, std::uint16_t{0xffff}, std::uint16_t{0xfffe}}) {
    Header header = header_;
    header.e_phnum = count;
    EXPECT_THAT(reason(with(header)), StartsWith("it is "));
  }
}

TEST_F(ElfHeader, SegmentsThatOverflowAreRefused) {
  for (std::size_t i = 0; i < header_.e_phnum; ++i) {
    if (segment(i).p_type != PT_LOAD && segment(i).p_type != PT_DYNAMIC) continue;
    for (const std::uint64_t huge : kHuge) {
      for (auto field : {&Segment::p_offset, &Segment::p_filesz, &Segment::p_memsz, &Segment::p_vaddr}) {
        Segment changed = segment(i);
        changed.*field = huge;
        if (huge < (std::uint64_t{1} << 46U) && (field == &Segment::p_memsz || field == &Segment::p_vaddr)) continue;
        EXPECT_THAT(reason(with(i, changed)), StartsWith("it is ")) << i;
      }
    }
  }
}

TEST_F(ElfHeader, CountsOfSectionsDoNotMatter) {
  Header header = header_;
  header.e_shoff = std::numeric_limits<std::uint64_t>::max();
  header.e_shnum = 0xffff;
  header.e_shstrndx = 0xffff;
  EXPECT_EQ(reason(with(header)), "");
}

TEST_F(ElfHeader, OtherMachinesAreRefused) {
  Header header = header_;
  header.e_machine = EM_S390;
  EXPECT_EQ(reason(with(header)), "it is not a shared library for this machine");
  header = header_;
  header.e_ident[EI_DATA] = ELFDATA2MSB;
  EXPECT_EQ(reason(with(header)), "it is not a shared library for this machine");
}

TEST_F(ElfHeader, EveryCutIsRefused) {
  for (std::size_t size = 0; size < 2 * sizeof(Header) + 2 * sizeof(Segment); ++size) {
    EXPECT_THAT(reason(bytes_.substr(0, size)), StartsWith("it is ")) << size;
  }
}

// The file is read in pieces of a MiB.
TEST_F(ElfHeader, TheMarkerIsFoundWhereverItStands) {
  const std::string opens = std::string("<longtail-") + "plugin:", closes = std::string(":longtail-") + "plugin>";
  std::string other = bytes_;
  for (std::size_t at = 0; (at = other.find(opens)) != std::string::npos;) other[at] = '-';
  ASSERT_THAT(reason(other), StartsWith("it is no longtail plugin"));
  constexpr std::size_t kPiece = 1 << 20;
  const std::size_t border = (other.size() / kPiece + 2) * kPiece;
  for (const std::size_t at : {border - opens.size(), border - 1, border, border + kPiece - 3}) {
    std::string moved = other;
    moved.resize(at, ' ');
    EXPECT_EQ(reason(moved + opens + "api=7;" + closes), "") << at;
  }
}

TEST_F(ElfHeader, ASparseFileThatClaimsToBeEndlessIsRefused) {
  const auto file = folder_.write("x.longtail.so", bytes_);
  std::error_code unsupported;
  std::filesystem::resize_file(file, std::uintmax_t{1} << 40U, unsupported);
  if (unsupported) GTEST_SKIP() << "no sparse files here";
  EXPECT_THROW(read_abi_facts(file), PluginError);
}

TEST_F(ElfHeader, WhatIsNoFileIsNotWaitedFor) {
  const auto told = [&](const std::string& name) -> std::string {
    try {
      read_abi_facts(folder_ / name);
    } catch (const PluginError& error) {
      return error.what();
    }
    return "read";
  };
  ASSERT_EQ(::mkfifo((folder_ / "pipe.longtail.so").c_str(), 0600), 0);
  EXPECT_EQ(told("pipe.longtail.so"), "it is no ordinary file");
  std::filesystem::create_symlink("/dev/zero", folder_ / "device.longtail.so");
  EXPECT_EQ(told("device.longtail.so"), "it is no ordinary file");
  std::filesystem::create_directory(folder_ / "folder.longtail.so");
  EXPECT_EQ(told("folder.longtail.so"), "it is a folder, not a plugin");
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string path = (folder_ / "s.longtail.so").string();
  ASSERT_LT(path.size(), sizeof address.sun_path);
  std::strcpy(address.sun_path, path.c_str());
  ASSERT_EQ(::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_THAT(told("s.longtail.so"), StartsWith("it "));
  ::close(descriptor);
}

}  // namespace
}  // namespace longtail
