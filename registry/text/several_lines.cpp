#include "registry/text/several_lines.h"

#include "registry/text/visible.h"

namespace longtail {

SeveralLines::~SeveralLines() = default;

std::string shown(const std::exception& error) {
  if (dynamic_cast<const SeveralLines*>(&error) != nullptr) return visible_lines(error.what());
  std::string text = error.what();
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return visible(text);
}

}  // namespace longtail
