#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace longtail {

/// The calls of the operating system that write a file; each returns 0 (open_new: a descriptor, write: the bytes taken)
/// or minus an errno. Tests put one in between that fails where they want it to.
class FileSystem {
 public:
  virtual ~FileSystem();
  virtual int open_new(const std::string& path);  // for writing; -EEXIST if there is such a file
  virtual long write(int descriptor, const char* data, std::size_t size);
  virtual int sync(int descriptor);
  virtual int close(int descriptor);
  virtual int rename(const std::string& from, const std::string& to);
  virtual int sync_folder(const std::string& path);
  virtual int remove(const std::string& path);

  static FileSystem& system();
};

/// What happens where the file to write is a symbolic link. follow_own: what it leads to is written, if nobody but this
/// user or root can have made the link; else it is an error. refuse: always an error, for files that this program names
/// itself.
enum class Links { follow_own, refuse };

/// Whether nobody but this user or root, who may write anywhere anyway, can have made the symbolic link.
bool is_trusted_link(const std::filesystem::path& link);

/// Why what has this name may not be replaced by a file, and what to do: it is an open stream, such as /dev/stdout, or
/// the file that a standard stream of this process leads to, which would lose what was and will be printed; or a device
/// or a pipe. "" for all else, and for what is not there.
std::string why_not_replaced(const std::filesystem::path& path);

/// A file that comes into being as a whole or not at all: bytes go to a hidden neighbour, commit() makes them durable
/// and gives them the name. Until then, and after any failure, a file of that name stays as it was. Failures throw
/// Error with the path, the reason and what to do; the neighbour is removed.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path, FileSystem& files = FileSystem::system());
  AtomicFile(std::filesystem::path path, FileSystem& files, Links links);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void append(std::string_view bytes);
  void commit();

 private:
  [[noreturn]] void fail(const char* doing, int reason);
  void discard();

  std::filesystem::path path_;
  std::string folder_;
  std::string temporary_;
  FileSystem& files_;
  std::size_t written_ = 0;
  int descriptor_ = -1;
};

/// Writes the parts, one after the other, as the file `path`; without `links` it is Links::follow_own.
void write_file_atomically(const std::filesystem::path& path, const std::vector<std::string_view>& parts,
                           FileSystem& files = FileSystem::system());
void write_file_atomically(const std::filesystem::path& path, const std::vector<std::string_view>& parts, Links links);

}  // namespace longtail
