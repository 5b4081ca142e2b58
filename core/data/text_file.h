#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace longtail {

/// A text file that people write, whole: a list of pictures, names of classes. Without a byte order mark. `what` is
/// what it is in messages ("the image list"), `remedy` what to give instead. Throws DataError where there is no such
/// file, and where it is not text in UTF-8's manner: UTF-16, compressed, a page of HTML, a pointer of Git LFS.
std::string read_text(const std::string& file, std::string_view what, std::string_view remedy);

/// Calls use(line, number) for each line, from 1; every manner of line ends counts, Windows' and the old Macintosh's.
template <class Use>
void for_each_line(std::string_view text, const Use& use) {
  long number = 1;
  for (std::size_t begin = 0; begin < text.size(); ++number) {
    const std::size_t end = std::min(text.find_first_of("\r\n", begin), text.size());
    use(text.substr(begin, end - begin), number);
    begin = end + (text.substr(end, 2) == "\r\n" ? 2 : 1);
  }
}

}  // namespace longtail
