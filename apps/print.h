#pragma once

#include <cstdio>
#include <string>

#include "registry/text/visible.h"

namespace longtail::app {

/// "warning: ..." on a line of stderr, whatever names `text` holds.
inline void warn(const std::string& text) { std::fputs(("warning: " + visible(text) + "\n").c_str(), stderr); }

/// JSON for programs that does no harm to a terminal. Text that is no UTF-8 gets replacement characters.
template <class Json>
std::string json_text(const Json& json) {
  return visible_json(json.dump(2, ' ', false, Json::error_handler_t::replace)) + "\n";
}

}  // namespace longtail::app
