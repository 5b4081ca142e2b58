#pragma once

#include <longtail/export.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/annotations/annotation_set.h"
#include "core/data/instance_dataset.h"
#include "core/draw/instances.h"

namespace longtail {

/// What to show of a set.
struct TileChoice {
  std::int64_t count = 16;
  std::string class_name;  // "" = any; otherwise images with an object of this class alone
  std::uint64_t seed = 0;
};

/// Random images of the set as they are annotated; crowds are named so. `root`: folder of the images, which are read as
/// `options` say. Throws DataError for an unknown class name (with the nearest known one), an image that cannot be read
/// or is of another size than annotated, or where nothing is to show.
LONGTAIL_API std::vector<MosaicTile> annotated_tiles(const AnnotationSet& set, const std::string& root,
                                                     const TileChoice& choice,
                                                     const ImageOptions& options = {/*exif_orientation=*/true});

/// The first images of a training epoch as the network gets them: `order` is the sampler's, the rest the dataset's.
LONGTAIL_API std::vector<MosaicTile> served_tiles(const InstanceDataset& dataset, std::int64_t epoch,
                                                  const std::vector<std::int64_t>& order, const TileChoice& choice);

}  // namespace longtail
