#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace longtail::test {

/// Numbers that a script in tests/oracle wrote.
inline nlohmann::json oracle_json(const std::string& file) {
  std::ifstream in(std::string(LONGTAIL_SOURCE_DIR) + "/tests/oracle/" + file);
  if (!in) throw std::runtime_error("no tests/oracle/" + file);
  return nlohmann::json::parse(in);
}

}  // namespace longtail::test
