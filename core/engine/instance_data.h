#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <longtail/export.h>

#include "core/data/instance_dataset.h"
#include "core/draw/instance_tiles.h"
#include "core/engine/experiment_config.h"
#include "core/engine/instance_segmentation_config.h"

namespace longtail {

/// Leaves the first `count` images and their objects.
void keep_first_images(AnnotationSet& set, std::int64_t count);

/// The annotations of split `train` or `val`, the first data.max_images images of them. Broken objects that were left
/// out are told through `warn`. Throws ConfigError where the split has no file, DataError as read_annotations does.
std::shared_ptr<const AnnotationSet> read_split(const InstanceDataConfig& config, const std::string& split,
                                                const std::function<void(const std::string&)>& warn);

/// The images of a split with their annotations; `training` augments and gives targets.
std::shared_ptr<const InstanceDataset> open_split(const InstanceDataConfig& config, const std::string& split,
                                                  std::shared_ptr<const AnnotationSet> annotations, bool training,
                                                  std::uint64_t seed);

/// The first images that training would serve in `epoch`, as the sampler orders and the transform changes them, drawn
/// with their targets. Throws ConfigError where the plan is of another task.
LONGTAIL_API std::vector<MosaicTile> served_images(const ExperimentPlan& plan, const Catalog& catalog,
                                                   std::int64_t epoch, const TileChoice& choice);

}  // namespace longtail
