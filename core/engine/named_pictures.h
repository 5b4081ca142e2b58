#pragma once

#include <string>
#include <vector>

namespace longtail {

/// A picture that somebody named, or that lies in a folder that somebody named.
struct NamedPicture {
  std::string file;
  std::string name;  // of a file its own; of one in a folder its path below that folder: "june/IMG_1.jpg"
};

/// Files as they are; of folders all pictures (.jpg, .jpeg, .png) in them and below, by name, but nothing hidden and
/// nothing of the folder `left_out`. Throws DataError for what is not there and for folders without a picture.
std::vector<NamedPicture> find_pictures(const std::vector<std::string>& paths, const std::string& left_out);

}  // namespace longtail
