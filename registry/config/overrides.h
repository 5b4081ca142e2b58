#pragma once

#include <longtail/config/diagnostics.h>
#include <longtail/config/node.h>

#include <string>
#include <vector>

namespace longtail {

/// "key.sub=value" taken apart; marks say "--set key.sub=value".
struct Override {
  std::vector<std::string> path;
  Node value;
  Mark mark;
};

/// False after a finding.
bool parse_override(const std::string& assignment, Diagnostics& diagnostics, Override& out);
void apply_override(Node& root, const Override& change, Diagnostics& diagnostics);

}  // namespace longtail
