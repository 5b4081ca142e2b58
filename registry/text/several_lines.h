#pragma once

#include <longtail/error.h>
#include <longtail/export.h>

#include <exception>
#include <string>

namespace longtail {

/// Marks an error whose message has several lines that are ours. All other messages are one line: a line break in one
/// comes from a name of somebody else's, and is shown as such.
class LONGTAIL_API SeveralLines {
 public:
  virtual ~SeveralLines();
};

/// `throw LinesError<DataError>(lines)`; it is caught as a DataError. Whatever stands in a line from elsewhere has been
/// through visible().
template <class Kind>
class LinesError final : public Kind, public SeveralLines {
 public:
  explicit LinesError(const std::string& lines) : Kind(lines) {}
};

/// Throws `text` as a Kind: of several lines where `like`, of which it tells, is.
template <class Kind>
[[noreturn]] void throw_like(const std::exception& like, const std::string& text) {
  if (dynamic_cast<const SeveralLines*>(&like) != nullptr) throw LinesError<Kind>(text);
  throw Kind(text);
}

/// The message of any exception as it may be printed.
LONGTAIL_API std::string shown(const std::exception& error);

}  // namespace longtail
