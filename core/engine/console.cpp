#include "core/engine/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "registry/text/visible.h"

namespace longtail {
namespace {

constexpr double kPlainInterval = 15.0;  // seconds between progress lines in a pipe

/// fmt::print would throw, and no run shall end because nobody can be told of its progress.
void show(const std::string& text) { std::fputs(text.c_str(), stderr); }

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

}  // namespace

Console::Console(const std::filesystem::path& log) : terminal_(isatty(STDERR_FILENO) != 0), last_plain_(now()) {
  if (!log.empty()) log_ = AppendFile(log);
}

Console::~Console() { end_progress(); }

void Console::line(const std::string& text) { write(visible(text)); }

void Console::lines(const std::string& text) { write(visible_lines(text)); }

void Console::write(const std::string& text) {
  end_progress();
  show(text + "\n");
  log(text);
}

void Console::log(const std::string& text) {
  if (!log_.is_open()) return;
  const auto time = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (log_.write(fmt::format("{:%Y-%m-%d %H:%M:%S} {}\n", time, text)) || log_fails_) return;
  log_fails_ = true;
  show(fmt::format("warning: the log lacks lines, it cannot be written: {}\n", log_.why()));
}

void Console::progress(const std::string& text) {
  if (terminal_) {
    // Cut to the terminal: a line that wraps could not be renewed.
    show("\r\x1b[2K" + cut_to_width(visible(text), terminal_width() - 1));
    std::fflush(stderr);
    open_line_ = true;
  } else if (now() - last_plain_ >= kPlainInterval) {
    last_plain_ = now();
    line(text);
  }
}

void Console::end_progress() {
  if (open_line_) show("\r\x1b[2K");
  open_line_ = false;
}

std::string cut_to_width(const std::string& text, int width) {
  std::size_t end = 0;
  for (int columns = 0; end < text.size(); ++end) {
    const bool starts = (static_cast<unsigned char>(text[end]) & 0xC0) != 0x80;
    if (starts && ++columns > width) break;
  }
  return text.substr(0, end);
}

int terminal_width() {
  constexpr int kLeast = 20, kUsual = 80;
  struct winsize size = {};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return std::max<int>(kLeast, size.ws_col);
  const char* columns = std::getenv("COLUMNS");
  const int width = columns != nullptr ? std::atoi(columns) : 0;
  return width > 0 ? std::max(kLeast, width) : kUsual;
}

std::string format_duration(double seconds) {
  if (seconds < 0) return "-";
  const auto whole = static_cast<std::int64_t>(seconds + 0.5);
  const std::int64_t hours = whole / 3600, minutes = whole / 60 % 60, rest = whole % 60;
  return hours > 0 ? fmt::format("{}:{:02}:{:02}", hours, minutes, rest) : fmt::format("{}:{:02}", minutes, rest);
}

std::int64_t resident_memory() {
  std::ifstream statm("/proc/self/statm");
  std::int64_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

std::string progress_bar(double share, int width) {
  const int filled = static_cast<int>(std::clamp(share, 0.0, 1.0) * width);
  const std::string head = filled < width ? ">" : "";
  return fmt::format("[{}{}{}]", std::string(static_cast<std::size_t>(filled), '='), head,
                     std::string(static_cast<std::size_t>(std::max(0, width - filled - 1)), ' '));
}

}  // namespace longtail
