#include "core/data/image_options.h"

#include <longtail/params.h>

namespace longtail {

void ImageOptions::bind(ParamBinder& p) {
  p("exif_orientation", exif_orientation,
    "Turn images upright as their EXIF orientation says, before anything else; sizes and objects of annotations are "
    "those of the upright image then. false takes them as they are stored");
  p("max_pixels", max_pixels,
    "Images with more pixels are refused: decoding takes up to 12 bytes a pixel, in each thread of the loader",
    at_least(1));
  p("max_scans", max_scans,
    "JPEGs with more scans are refused: each takes the time of a whole image, and encoders write 20 at most",
    at_least(1));
}

}  // namespace longtail
