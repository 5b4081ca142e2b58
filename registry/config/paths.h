#pragma once

#include <longtail/config/node.h>

#include <string>
#include <string_view>

namespace longtail {

/// " (did you mean 'loss.alpha'?)" for a path that does not exist below `root`, or "".
std::string suggest_path(const Node& root, std::string_view path);

/// The path of a map's key or a list's item: "loss" and "alpha" give "loss.alpha".
std::string join_path(const std::string& path, std::string_view last);

/// A value in flow style, cut where it is too long for a line of a message.
std::string short_value(const Node& node);

}  // namespace longtail
