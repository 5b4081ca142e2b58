#include "core/io/mapped_file.h"

#include <fmt/format.h>
#include <longtail/error.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "core/io/mappings.h"
#include "registry/files/input_file.h"

namespace longtail {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& reason, const char* advice) {
  throw DataError(fmt::format("{}: cannot read the file: {}; {}", path.string(), reason, advice));
}

}  // namespace

MappedFile::MappedFile(std::filesystem::path path) : path_(std::move(path)) {
  const InputFile file(path_);  // a mapping does not need it any more
  if (!file.is_open()) fail(path_, file.reason(), file.advice());
  size_ = static_cast<std::size_t>(file.size());
  if (size_ == 0) return;  // an empty mapping is an error
  void* data = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file.descriptor(), 0);
  if (data == MAP_FAILED) {
    fail(path_, std::generic_category().message(errno), "check the file and its permissions");
  }
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
