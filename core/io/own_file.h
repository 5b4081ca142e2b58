#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace longtail {

/// open() for a file that this program makes for itself: a lock, a log. Symbolic links are not followed, because who
/// can write in the folder could have put one there that leads to any file; a pipe or device does not hold it up. Gives
/// a descriptor or minus an errno; throws Error, which ends with `advice`, for a link and for what is no ordinary file.
int open_own_file(const std::filesystem::path& path, int flags, std::string_view advice);

/// All that such a file holds; "" where there is none. Throws DataError for one that cannot be read or is no ordinary
/// file: a pipe in its place would make the program wait.
std::string read_own_file(const std::filesystem::path& path);

/// A file of a run that grows line by line: log.txt, metrics.jsonl, TensorBoard's events.
class AppendFile {
 public:
  enum class Start { keep, anew };

  AppendFile() = default;
  /// Makes the file, or goes on with one that is there. Throws Error where that fails; see open_own_file.
  explicit AppendFile(const std::filesystem::path& path, Start start = Start::keep);
  ~AppendFile();
  AppendFile(AppendFile&& other) noexcept;
  AppendFile& operator=(AppendFile&& other) noexcept;

  bool is_open() const { return descriptor_ >= 0; }
  /// False where not all could be written, and why() then says why not: the disk is full.
  bool write(std::string_view text);
  const std::string& why() const { return why_; }

 private:
  int descriptor_ = -1;
  std::string why_;
};

}  // namespace longtail
