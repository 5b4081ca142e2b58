#pragma once

namespace longtail::app {

/// From here on a file that is cut while it is read, or that the disk cannot give, ends the program with an error that
/// names it, in place of a crash. To be called after report_crashes(), which has all other bus errors.
void report_cut_files();

}  // namespace longtail::app
