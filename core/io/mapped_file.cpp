#include "core/io/mapped_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <longtail/error.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "core/io/mappings.h"

namespace longtail {
namespace {

/// Closes the descriptor; a mapping does not need it.
struct Descriptor {
  int value;
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
};

[[noreturn]] void fail(const std::filesystem::path& path, int reason) {
  const char* advice = reason == ENOENT || reason == ENOTDIR ? "check the path" : "check the file and its permissions";
  throw DataError(
      fmt::format("{}: cannot read the file: {}; {}", path.string(), std::generic_category().message(reason), advice));
}

}  // namespace

MappedFile::MappedFile(std::filesystem::path path) : path_(std::move(path)) {
  // O_NONBLOCK: a pipe must not hold us up.
  const Descriptor file{::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.value < 0) fail(path_, errno);
  struct stat facts {};
  if (::fstat(file.value, &facts) != 0) fail(path_, errno);
  if (S_ISDIR(facts.st_mode)) throw DataError(fmt::format("{}: is a folder; name a file in it", path_.string()));
  if (!S_ISREG(facts.st_mode))
    throw DataError(fmt::format("{}: is not a regular file; copy it to one", path_.string()));
  size_ = static_cast<std::size_t>(facts.st_size);
  if (size_ == 0) return;  // an empty mapping is an error
  void* data = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file.value, 0);
  if (data == MAP_FAILED) fail(path_, errno);
  data_ = static_cast<const char*>(data);
  remember_mapping(data_, size_, path_.string());
}

MappedFile::~MappedFile() {
  if (data_ == nullptr) return;
  forget_mapping(data_);
  ::munmap(const_cast<char*>(data_), size_);
}

void MappedFile::release(std::size_t begin, std::size_t end) const {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  begin = (begin + page - 1) / page * page;
  end = std::min(end, size_) / page * page;
  if (begin < end) ::madvise(const_cast<char*>(data_) + begin, end - begin, MADV_DONTNEED);  // advice: it may fail
}

std::shared_ptr<const MappedFile> MappedFile::open(const std::filesystem::path& path) {
  return std::shared_ptr<const MappedFile>(new MappedFile(path));
}

}  // namespace longtail
