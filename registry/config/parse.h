#pragma once

#include <longtail/config/diagnostics.h>
#include <longtail/config/node.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace longtail {

/// As parse_yaml; false where the text could not be read to its end, `out` is then null.
bool parse_document(std::string_view text, const std::string& file, Diagnostics& diagnostics, Node& out);
/// The same for a file, which findings call `shown`.
bool read_document(const std::filesystem::path& file, const std::string& shown, Diagnostics& diagnostics, Node& out);

/// A syntax error as the YAML reader sees it. Lines count from 0, columns are bytes from 0.
struct SyntaxError {
  int line = 0;
  int column = 0;
  std::string message;
  // The innermost list or map in brackets that was open, or line -1.
  int open_line = -1;
  int open_column = 0;
  bool open_is_list = false;
};

/// A place, lines and byte columns from 0, with a sentence for the user.
struct SyntaxHelp {
  int line = 0;
  int column = 0;
  std::string message;
};

/// Says in the user's words what is wrong and what to do.
SyntaxHelp explain_syntax_error(const SyntaxError& error, const std::vector<std::string_view>& lines);

}  // namespace longtail
