#pragma once

#include <longtail/export.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/data/class_stats.h"
#include "core/data/image_options.h"

namespace longtail {

/// A picture of a set, as its list or its annotations tell it.
struct ListedPicture {
  std::string name;
  std::string path;
  std::int64_t width = 0;  // as annotated; 0: not told
  std::int64_t height = 0;
  std::int64_t label = -1;  // of a classified picture
  std::string annotation;   // "image 3 of train.json", of an annotated one
};

/// A set that is to be checked.
struct ListedSplit {
  std::string name;    // "train"
  std::string source;  // the list or the annotations
  std::string root_setting;
  std::vector<ListedPicture> pictures;
  std::vector<std::int64_t> class_counts;  // images of each class; of annotations, those with such an object
  std::vector<std::string> broken_objects;
  std::int64_t num_broken_objects = 0;
  std::vector<std::string> doubts;  // about the list as a whole
};

struct PictureFinding {
  std::string picture;
  std::string what;
};

/// Pictures whose files have the same content.
struct SameContent {
  std::vector<std::string> pictures;
  bool other_labels = false;  // not all have the same label
};

/// Median and range of a length, pixels.
struct SideRange {
  std::int64_t least = 0, median = 0, most = 0;
};

struct SplitCheck {
  std::string name;
  std::string source;
  std::int64_t pictures = 0;
  std::vector<PictureFinding> broken;  // missing, not to be decoded, of another size than annotated
  std::vector<std::string> broken_objects;
  std::int64_t num_broken_objects = 0;
  std::vector<PictureFinding> odd;  // can be read, but look wrong: nearly black, or of a size unlike the others
  std::vector<SameContent> duplicates;
  std::vector<std::string> doubts;
  std::int64_t turned = 0;  // have an EXIF orientation other than upright
  SideRange width, height;  // of those that can be read, as they are read
  ClassStats classes;
};

/// What is wrong with the file of class names; all "" where it is fine, or where there is none.
struct ClassNamesCheck {
  std::string broken;  // why training would refuse it
  std::string doubt;
};

struct DataCheck {
  std::vector<SplitCheck> splits;
  ClassNamesCheck class_names;
  std::vector<SameContent> leaks;  // pictures of one content in two splits, named "train: a.jpg"

  /// Whether something cannot be used: a picture, an object or the class names.
  bool is_broken() const;
};

/// Reads and decodes every picture, from `threads` threads (0: one a core). `progress(done, total)` is called now and
/// then, by one thread at a time. What is wrong with a picture is a finding, never an error.
LONGTAIL_API DataCheck check_data(const std::vector<ListedSplit>& splits, const ImageOptions& options, int threads,
                                  const std::function<void(std::int64_t, std::int64_t)>& progress);

}  // namespace longtail
