#pragma once

#include <longtail/export.h>

#include <cstdint>
#include <string>
#include <vector>

namespace longtail {

/// What a list file names: a picture a line, `relative/path label`, labels from 0.
struct ImageList {
  std::string file;
  std::vector<std::string> paths;  // relative to the data's root
  std::vector<std::int64_t> labels;
  std::int64_t num_classes = 0;

  std::int64_t size() const { return static_cast<std::int64_t>(paths.size()); }
};

/// Reads a list file. The label is what follows the last blank of a line, so paths may hold blanks; a label may be
/// written 3.0; empty lines and Windows line ends are fine. `num_classes` 0: one more than the largest label, which
/// then must be below a million or below ten times the number of pictures. Malformed lines, labels out of range and
/// pictures named twice are all reported in one DataError, a line each: "file:line: error: ...".
LONGTAIL_API ImageList read_image_list(const std::string& file, std::int64_t num_classes = 0);

/// A warning where the labels of a list that was read seem to count from 1: none is 0, some are 1. "" where they do
/// not.
LONGTAIL_API std::string doubt_about_labels(const ImageList& list);

/// A class name a line in UTF-8, `num_classes` of them, or a DataError.
LONGTAIL_API std::vector<std::string> read_class_names(const std::string& file, std::int64_t num_classes);

/// A warning where two classes have the same name in `file`, from which `names` were read. "" where none have.
LONGTAIL_API std::string doubt_about_names(const std::string& file, const std::vector<std::string>& names);

}  // namespace longtail
