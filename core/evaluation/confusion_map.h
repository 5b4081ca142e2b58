#pragma once

#include <longtail/export.h>

#include <string>

#include "core/evaluation/learned_confusion.h"

namespace longtail {

/// A heat map of the matrix as the bytes of a PNG file: a cell a pair of classes, its colour the square root of the
/// value, so that small confusions show; names of the classes where they have room; the worst pairs beside it.
LONGTAIL_API std::string confusion_map_png(const LearnedConfusion& confusion);

}  // namespace longtail
