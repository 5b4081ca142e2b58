#include "core/annotations/annotation_id.h"

#include <nlohmann/json.hpp>

namespace longtail {

std::string to_json(const AnnotationId& id) {
  if (!id.is_text()) return std::to_string(id.number);
  return nlohmann::json(id.text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string to_string(const AnnotationId& id) {
  return id.is_text() ? std::string(id.text) : std::to_string(id.number);
}

}  // namespace longtail
