#pragma once

#include <longtail/export.h>

#include <string>

#include "core/annotations/annotation_set.h"

namespace longtail {

/// What a file says of itself.
struct AnnotationNotes {
  std::string description;
  std::string license;
  std::string license_url;
};

/// The set as an LVIS v1 file: run lengths as compressed text, polygons as they are. read_annotations gives the same
/// set back.
LONGTAIL_API std::string to_lvis_json(const AnnotationSet& set, const AnnotationNotes& notes);

}  // namespace longtail
