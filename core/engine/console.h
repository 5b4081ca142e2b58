#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/io/own_file.h"

namespace longtail {

/// What a person sees of a run: whole lines go to the terminal and to log.txt, a progress line that renews itself to
/// the terminal only. In a pipe the progress line becomes a plain line now and then.
class Console {
 public:
  /// `log` may be empty: no file.
  explicit Console(const std::filesystem::path& log = {});
  ~Console();

  /// One line: line breaks and control characters of names in it are shown as such.
  void line(const std::string& text);
  /// A text of several lines that are ours, kept together under one time.
  void lines(const std::string& text);
  void progress(const std::string& text);
  /// Ends the progress line, so that it stays readable.
  void end_progress();

 private:
  void write(const std::string& visible_text);
  void log(const std::string& text);

  AppendFile log_;
  bool log_fails_ = false;  // told once
  bool terminal_;
  bool open_line_ = false;
  double last_plain_ = 0;
};

/// Columns of the terminal behind stderr, else $COLUMNS, else 80; at least 20.
int terminal_width();
/// The beginning of a text of UTF-8 that takes no more columns than `width`, a column a character.
std::string cut_to_width(const std::string& text, int width);
/// "1:02:03", "4:32"; "-" for negative numbers.
std::string format_duration(double seconds);
/// Memory of this process, bytes.
std::int64_t resident_memory();
/// "[=====>    ]" for a share in [0, 1].
std::string progress_bar(double share, int width);

}  // namespace longtail
