#pragma once

#include <longtail/export.h>

#include <string>

namespace longtail {

struct ComponentEntry;

/// Who a component is in messages: "loss 'focal' (FOLDER/focal.longtail.so)"; without the file where it is built in.
LONGTAIL_API std::string origin_of(const ComponentEntry& entry);

/// While one lives, this thread makes the component `origin`. They nest: a loss makes its base loss. An interface's
/// constructor has only its Context, which the catalog does not know, so this is how it learns who it is.
class LONGTAIL_API Making {
 public:
  explicit Making(std::string origin);
  ~Making();
  Making(const Making&) = delete;
  Making& operator=(const Making&) = delete;

  const std::string& origin() const { return origin_; }
  /// Of the innermost one of this thread; "" where there is none.
  static std::string current();

 private:
  std::string origin_;
  const Making* outer_;
};

/// `text` as something that `origin` says. Unchanged where it names a component with its file already (a base loss that
/// failed within another one), or a place in a configuration.
LONGTAIL_API std::string said_by(const std::string& origin, const std::string& text);

/// Whether a message of LibTorch, whose errors often have no type for it, says that memory is lacking.
LONGTAIL_API bool is_about_memory(const std::string& text);

/// Within a catch block: throws what was caught once more, said by `origin`. The errors of error.h and the standard
/// library keep their type and lines, a lack of memory is left alone, and all else becomes a PluginError.
[[noreturn]] LONGTAIL_API void rethrow_said_by(const std::string& origin);

}  // namespace longtail
