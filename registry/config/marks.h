#pragma once

#include <longtail/config/node.h>
#include <longtail/export.h>

namespace longtail {

/// `made`, a schema's values, with the places and origins that the same values have in `written`, the files' ones.
LONGTAIL_API Node with_marks_of(Node made, const Node& written);

}  // namespace longtail
