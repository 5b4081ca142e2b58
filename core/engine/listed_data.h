#pragma once

#include <string>
#include <vector>

#include <longtail/catalog.h>
#include <longtail/export.h>

#include "core/data/data_check.h"
#include "core/engine/experiment_config.h"

namespace longtail {

// What `longtail data check` looks at.

/// The splits of an experiment whose lists or annotations are set, and how it reads its images.
struct ListedData {
  std::vector<ListedSplit> splits;
  ClassNamesCheck class_names;
  ImageOptions options;
};

/// Of the experiment's last phase. Throws ConfigError where neither data.train nor data.val is set, DataError for lists
/// and annotations that cannot be read at all; broken objects are told in the splits, class names that cannot be used
/// in `class_names`.
LONGTAIL_API ListedData listed_data(const ExperimentPlan& plan, const Catalog& catalog);

/// The images of one file of annotations, below the folder `root`.
LONGTAIL_API ListedSplit listed_annotations(const std::string& file, const std::string& root);

}  // namespace longtail
