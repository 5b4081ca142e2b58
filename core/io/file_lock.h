#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace longtail {

/// A file that one process at a time holds, until it ends. The children that it starts inherit the lock, so what
/// outlives a killed parent still counts as its work. Where the file system knows no locks, everybody gets them.
class FileLock {
 public:
  /// Makes the file where there is none, with its folders; Error, which ends with `advice`, when that fails, and for a
  /// symbolic link: nothing that it leads to is touched. One that cannot be written is held all the same. Nothing is
  /// held yet.
  explicit FileLock(std::filesystem::path file, const std::string& advice = "choose another folder");
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

  /// False while another process holds it.
  bool try_lock();

  /// Number of the process that holds it, or "?".
  std::string holder() const;

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
};

/// Holds a folder, in which work is being done. Waits up to `seconds` for an earlier holder, which `say` tells of;
/// Error that names its process when it does not go away.
FileLock lock_folder(const std::filesystem::path& folder, double seconds = 0,
                     const std::function<void(const std::string&)>& say = {});

}  // namespace longtail
