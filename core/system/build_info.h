#pragma once

#include <longtail/export.h>

#include <string>

namespace longtail {

/// What this copy of longtail was built from and with.
struct BuildInfo {
  std::string version;     // "0.1.0"
  std::string commit;      // 40 hexadecimal digits; "" when it was built outside a git checkout
  bool modified = false;   // tracked files differed from that commit
  std::string build_type;  // "Release"
  std::string compiler;    // "GNU 12.2.0"
  std::string sanitizers;  // "address,undefined" or ""

  /// "0.1.0 (commit 1234567890ab, modified)"; "0.1.0" when the commit is not known.
  LONGTAIL_API std::string text() const;
};

/// Written anew by the build whenever the commit changes.
LONGTAIL_API const BuildInfo& build_info();

}  // namespace longtail
