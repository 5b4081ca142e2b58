#include "core/io/leftovers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <system_error>
#include <vector>

#include "registry/text/affixes.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view ending = ".tmp";

/// True for this process, too: its own open files are locked, so one that is not was left by another of that number.
bool has_ended(pid_t process) { return process == ::getpid() || (::kill(process, 0) != 0 && errno == ESRCH); }

/// Removes the file unless somebody holds it. The lock keeps its writer, who takes it before the first byte, waiting
/// until then; the writer sees that the file is gone.
bool remove_if_free(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) return false;
  struct stat facts = {};
  const bool ordinary = ::fstat(descriptor, &facts) == 0 && S_ISREG(facts.st_mode);
  const bool held = ::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  const bool removed = ordinary && !held && ::unlink(file.c_str()) == 0;
  ::close(descriptor);
  return removed;
}

}  // namespace

std::string temporary_name(const fs::path& path) {
  static std::atomic<unsigned> counter{0};
  constexpr std::size_t kept = 200;  // names end at 255 bytes on most disks
  return fmt::format(".{}.{}-{}{}", path.filename().string().substr(0, kept), ::getpid(), counter++, ending);
}

std::optional<pid_t> owner_of_temporary(std::string_view name) {
  if (!starts_with(name, ".") || !ends_with(name, ending)) return std::nullopt;
  name.remove_suffix(ending.size());
  const auto dot = name.rfind('.');
  if (dot == 0) return std::nullopt;
  const std::string_view numbers = name.substr(dot + 1);
  const auto dash = numbers.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto whole = [](std::string_view text, auto& value) {
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    return failed == std::errc() && end == text.data() + text.size() && !text.empty() && text.front() != '-';
  };
  pid_t process = 0;
  unsigned count = 0;
  const bool good = whole(numbers.substr(0, dash), process) && whole(numbers.substr(dash + 1), count) && process > 0;
  return good ? std::optional<pid_t>(process) : std::nullopt;
}

std::size_t remove_leftovers(const fs::path& folder) {
  std::vector<fs::path> leftovers;
  std::error_code unreadable;
  for (fs::directory_iterator entry(folder, unreadable), end; !unreadable && entry != end;
       entry.increment(unreadable)) {
    const auto owner = owner_of_temporary(entry->path().filename().string());
    if (owner && has_ended(*owner)) leftovers.push_back(entry->path());
  }
  return static_cast<std::size_t>(std::count_if(leftovers.begin(), leftovers.end(), remove_if_free));
}

}  // namespace longtail
