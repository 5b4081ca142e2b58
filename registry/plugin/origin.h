#pragma once

#include <longtail/export.h>

#include <new>
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

/// A lack of memory whose message says in which component it was met.
class LONGTAIL_API OutOfMemory final : public std::bad_alloc {
 public:
  explicit OutOfMemory(std::string text);
  ~OutOfMemory() override;
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::string text_;
};

/// Whether a message is one of LibTorch's own, whose errors often have no type for it, that memory is lacking.
LONGTAIL_API bool is_about_memory(const std::string& text);

/// Within a catch block: throws what was caught once more, said by `origin`. The errors of error.h and the standard
/// library keep their type and lines, a lack of memory, also LibTorch's, becomes OutOfMemory, and all else a
/// PluginError.
[[noreturn]] LONGTAIL_API void rethrow_said_by(const std::string& origin);

}  // namespace longtail
