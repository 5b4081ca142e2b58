#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace longtail {

/// A stable name for a sequence of facts: the same on every machine, in every build and run. Different facts get
/// different names (SHA-1), also where one ends and the next begins elsewhere. Not meant against forgery.
class Fingerprint {
 public:
  Fingerprint& add(std::string_view fact);
  Fingerprint& add(std::int64_t fact);
  /// The bytes of a file, not its name. Throws DataError if it cannot be read.
  Fingerprint& add_file(const std::filesystem::path& path);

  /// 32 hexadecimal digits.
  std::string text() const;

 private:
  std::string facts_;
};

std::string fingerprint(std::string_view text);
std::string fingerprint_file(const std::filesystem::path& path);

}  // namespace longtail
