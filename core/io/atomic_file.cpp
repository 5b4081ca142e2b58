#include "core/io/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <longtail/error.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "core/io/leftovers.h"
#include "registry/text/affixes.h"

namespace longtail {
namespace {

int result(int value) { return value < 0 ? -errno : value; }

const char* advice(int reason) {
  switch (reason) {
    case ENOSPC:
    case EDQUOT:
      return "free some space there, or write to another disk";
    case EFBIG:
      return "the file is larger than the limit for files (see `ulimit -f`) or than the disk's format allows";
    case EACCES:
    case EPERM:
      return "get the right to write there, or choose another folder";
    case EROFS:
      return "the disk is mounted read-only; choose another folder";
    case ENOENT:
    case ENOTDIR:
      return "create the folder first, or choose another one";
    case EISDIR:
      return "a folder has this name; choose another one";
    case ENAMETOOLONG:
      return "choose a shorter name";
    default:
      return "check the disk and try again";
  }
}

}  // namespace

FileSystem::~FileSystem() = default;

int FileSystem::open_new(const std::string& path) {
  return result(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
}

long FileSystem::write(int descriptor, const char* data, std::size_t size) {
  const auto taken = ::write(descriptor, data, size);
  return taken < 0 ? -errno : taken;
}

int FileSystem::sync(int descriptor) { return result(::fsync(descriptor)); }
int FileSystem::close(int descriptor) { return result(::close(descriptor)); }
int FileSystem::rename(const std::string& from, const std::string& to) {
  return result(::rename(from.c_str(), to.c_str()));
}

int FileSystem::sync_folder(const std::string& path) {
  const int descriptor = result(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor < 0) return descriptor;
  const int status = result(::fsync(descriptor));
  ::close(descriptor);
  // Some network disks cannot sync folders; the rename itself has been done.
  return status == -EINVAL || status == -ENOTSUP ? 0 : status;
}

int FileSystem::remove(const std::string& path) { return result(::unlink(path.c_str())); }

FileSystem& FileSystem::system() {
  static FileSystem files;
  return files;
}

// A link is an invitation to write elsewhere.
bool is_trusted_link(const std::filesystem::path& link) {
  const std::filesystem::path folder = link.has_parent_path() ? link.parent_path() : ".";
  struct stat place = {}, facts = {};
  if (::stat(folder.c_str(), &place) != 0 || ::lstat(link.c_str(), &facts) != 0) return false;
  if ((place.st_mode & S_IWOTH) != 0) return false;
  const auto is_trusted = [](uid_t user) { return user == ::geteuid() || user == 0; };
  return is_trusted(facts.st_uid) || (is_trusted(place.st_uid) && (place.st_mode & S_IWGRP) == 0);
}

namespace {

/// Whether the name is that of an open descriptor, or a link that leads to one, such as /dev/stdout.
bool is_descriptor(std::filesystem::path path) {
  constexpr int kMostLinks = 40;  // as Linux follows
  std::error_code unseen;
  for (int links = 0; links < kMostLinks; ++links) {
    const auto folder = std::filesystem::canonical(path.has_parent_path() ? path.parent_path() : ".", unseen);
    if (unseen) return false;
    if (folder.filename() == "fd" && starts_with(folder.string(), "/proc/")) return true;
    if (!std::filesystem::is_symlink(path, unseen)) return false;
    path = folder / std::filesystem::read_symlink(path, unseen);
    if (unseen) return false;
  }
  return false;
}

/// Whether a standard stream of this process leads to this very file, as in `longtail ... >> FILE`.
bool is_behind_a_stream(const std::filesystem::path& path) {
  struct stat file = {};
  if (::stat(path.c_str(), &file) != 0 || !S_ISREG(file.st_mode)) return false;
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    struct stat facts = {};
    if (::fstat(stream, &facts) == 0 && facts.st_dev == file.st_dev && facts.st_ino == file.st_ino) return true;
  }
  return false;
}

/// The file to write: the one that a link leads to, or the path itself. Error for a link that is not to be followed,
/// and for what is no file: a device would become one.
std::filesystem::path target_of(std::filesystem::path path, Links links) {
  std::error_code unseen;
  const auto refuse = [&](const std::string& why) {
    throw Error(ExitCode::other, fmt::format("{}: {}", path.string(), why));
  };
  const auto refuse_link = [&] {
    refuse(
        "is a symbolic link that others can have made, and what it leads to would be overwritten; remove it, or name "
        "another file");
  };
  const bool is_link = std::filesystem::is_symlink(path, unseen);
  if (is_link && links == Links::refuse) refuse_link();
  if (const std::string why = why_not_replaced(path); !why.empty()) refuse(why);
  if (is_link && !is_trusted_link(path)) refuse_link();
  if (!is_link || !std::filesystem::exists(path, unseen)) return path;
  const std::filesystem::path target = std::filesystem::canonical(path, unseen);
  if (unseen) refuse("leads to what cannot be found; name another file");
  return target;
}

/// Tells others that the file is being written (see leftovers.h); false when one of them was quicker and removes it.
bool hold(int descriptor) {
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) return errno != EWOULDBLOCK;
  struct stat facts = {};
  return ::fstat(descriptor, &facts) != 0 || facts.st_nlink > 0;
}

}  // namespace

std::string why_not_replaced(const std::filesystem::path& path) {
  if (is_descriptor(path)) {
    return "is an open stream, and the file that it leads to would be replaced by a new one; name a file, or leave the "
           "option away";
  }
  if (is_behind_a_stream(path)) {
    return "is the file that this command's own input, output or errors lead to, and would be replaced by a new one; "
           "name another file, or leave the option away";
  }
  // Of the path and not of the target, which may have no name.
  std::error_code unseen;
  const std::filesystem::file_status status = std::filesystem::status(path, unseen);
  const bool can_be_one = !std::filesystem::exists(status) || std::filesystem::is_regular_file(status) ||
                          std::filesystem::is_directory(status);
  return can_be_one ? "" : "is no ordinary file; name another one";
}

AtomicFile::AtomicFile(std::filesystem::path path, FileSystem& files)
    : AtomicFile(std::move(path), files, Links::follow_own) {}

AtomicFile::AtomicFile(std::filesystem::path path, FileSystem& files, Links links)
    : path_(target_of(std::move(path), links)),
      folder_(path_.has_parent_path() ? path_.parent_path().string() : "."),
      files_(files) {
  if (!path_.has_filename()) fail("open", EISDIR);
  for (;;) {
    temporary_ = (std::filesystem::path(folder_) / temporary_name(path_)).string();
    descriptor_ = files_.open_new(temporary_);
    if (descriptor_ >= 0 && hold(descriptor_)) return;
    if (descriptor_ >= 0) {
      files_.close(std::exchange(descriptor_, -1));
      files_.remove(temporary_);
      continue;
    }
    if (descriptor_ == -EEXIST) continue;  // left behind by a process that had our number
    const int reason = -std::exchange(descriptor_, -1);
    temporary_.clear();
    fail("create", reason);
  }
}

AtomicFile::~AtomicFile() { discard(); }

void AtomicFile::append(std::string_view bytes) {
  constexpr std::size_t most_at_once = std::size_t{1} << 30;  // Linux takes at most 2 GiB a call
  while (!bytes.empty()) {
    const long taken = files_.write(descriptor_, bytes.data(), std::min(bytes.size(), most_at_once));
    if (taken == -EINTR) continue;
    if (taken <= 0) fail("write", taken == 0 ? ENOSPC : static_cast<int>(-taken));
    bytes.remove_prefix(static_cast<std::size_t>(taken));
    written_ += static_cast<std::size_t>(taken);
  }
}

void AtomicFile::commit() {
  if (const int status = files_.sync(descriptor_); status < 0) fail("write", -status);
  if (const int status = files_.close(std::exchange(descriptor_, -1)); status < 0) fail("write", -status);
  if (const int status = files_.rename(temporary_, path_.string()); status < 0) fail("rename", -status);
  temporary_.clear();
  if (const int status = files_.sync_folder(folder_); status < 0) fail("sync the folder of", -status);
}

void AtomicFile::discard() {
  if (descriptor_ >= 0) files_.close(std::exchange(descriptor_, -1));
  if (!temporary_.empty()) files_.remove(std::exchange(temporary_, {}));
}

void AtomicFile::fail(const char* doing, int reason) {
  discard();
  const auto place = written_ > 0 ? fmt::format(" after {} bytes", written_) : std::string();
  throw Error(ExitCode::other, fmt::format("{}: cannot {} the file{}: {}; {}", path_.string(), doing, place,
                                           std::generic_category().message(reason), advice(reason)));
}

namespace {

void write_parts(AtomicFile& file, const std::vector<std::string_view>& parts) {
  for (const auto part : parts) file.append(part);
  file.commit();
}

}  // namespace

void write_file_atomically(const std::filesystem::path& path, const std::vector<std::string_view>& parts,
                           FileSystem& files) {
  AtomicFile file(path, files);
  write_parts(file, parts);
}

void write_file_atomically(const std::filesystem::path& path, const std::vector<std::string_view>& parts, Links links) {
  AtomicFile file(path, FileSystem::system(), links);
  write_parts(file, parts);
}

}  // namespace longtail
