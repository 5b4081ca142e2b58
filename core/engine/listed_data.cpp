#include "core/engine/listed_data.h"

#include <set>
#include <utility>

#include <fmt/format.h>

#include <longtail/error.h>

#include "core/annotations/annotation_set.h"
#include "core/data/image_list.h"
#include "core/data/image_root.h"
#include "core/engine/classification_config.h"
#include "core/engine/instance_segmentation_config.h"

namespace longtail {
namespace {

/// The schemas were checked when the plan was read.
template <class Settings>
Settings data_settings(const ExperimentConfig& config, const Catalog& catalog) {
  Settings settings;
  Diagnostics diagnostics;
  read_params(config.data, settings, "data", &catalog, diagnostics);
  diagnostics.throw_if_any();
  return settings;
}

ListedSplit listed_images(const std::string& name, const ClassificationDataConfig& data, const std::string& list,
                          std::int64_t num_classes) {
  const ImageList images = read_image_list(list, num_classes);
  ListedSplit split;
  split.name = name;
  split.source = list;
  split.root_setting = "data.root";
  split.class_counts = count_classes(images.labels, images.num_classes);
  check_image_root(data.root, split.root_setting, list, images.size(),
                   [&](std::int64_t i) { return images.paths[static_cast<std::size_t>(i)]; });
  for (std::size_t i = 0; i < images.paths.size(); ++i) {
    ListedPicture picture;
    picture.name = images.paths[i];
    picture.path = picture_path(data.root, picture.name);
    picture.label = images.labels[i];
    split.pictures.push_back(std::move(picture));
  }
  if (std::string doubt = doubt_about_labels(images); !doubt.empty()) split.doubts.push_back(std::move(doubt));
  return split;
}

ListedSplit listed_annotations(const std::string& name, const std::string& file, const std::string& root,
                               const std::string& root_setting) {
  AnnotationProblems problems;
  const AnnotationSet set = read_annotations(file, BadAnnotation::skip, &problems);
  ListedSplit split;
  split.name = name;
  split.source = file;
  split.root_setting = root_setting;
  split.broken_objects = problems.examples;
  split.num_broken_objects = problems.skipped + problems.polygons;
  split.class_counts.resize(set.categories.size());
  check_image_root(root, root_setting, file, static_cast<std::int64_t>(set.images.size()),
                   [&](std::int64_t i) { return set.images[static_cast<std::size_t>(i)].file_name; });
  for (const ImageRecord& image : set.images) {
    split.pictures.push_back({image.file_name, picture_path(root, image.file_name), image.width, image.height, -1,
                              fmt::format("image {} of {}", to_json(image.key()), file)});
    std::set<std::int32_t> classes;
    for (std::int64_t i = image.first_object; i < image.first_object + image.num_objects; ++i) {
      classes.insert(set.objects[static_cast<std::size_t>(i)].class_index);
    }
    for (const std::int32_t one : classes) ++split.class_counts[static_cast<std::size_t>(one)];
  }
  return split;
}

/// As ClassificationDataset reads them.
ClassNamesCheck check_class_names(const std::string& file, std::int64_t num_classes) {
  try {
    return {"", doubt_about_names(file, read_class_names(file, num_classes))};
  } catch (const DataError& error) {
    return {error.what(), ""};
  }
}

ListedData of_classification(const ExperimentConfig& config, const Catalog& catalog) {
  const auto data = data_settings<ClassificationDataConfig>(config, catalog);
  ListedData listed;
  listed.options = data.images;
  std::int64_t num_classes = data.num_classes;
  if (!data.train.empty()) {
    listed.splits.push_back(listed_images("train", data, data.train, num_classes));
    num_classes = static_cast<std::int64_t>(listed.splits.back().class_counts.size());
  }
  if (!data.val.empty()) listed.splits.push_back(listed_images("val", data, data.val, num_classes));
  if (!data.class_names.empty() && !listed.splits.empty()) {
    num_classes = static_cast<std::int64_t>(listed.splits.front().class_counts.size());
    listed.class_names = check_class_names(data.class_names, num_classes);
  }
  return listed;
}

ListedData of_instances(const ExperimentConfig& config, const Catalog& catalog) {
  const auto data = data_settings<InstanceDataConfig>(config, catalog);
  ListedData listed;
  listed.options = data.images;
  if (!data.train.empty()) {
    listed.splits.push_back(listed_annotations("train", data.train, data.train_images, "data.train_images"));
  }
  if (!data.val.empty()) {
    listed.splits.push_back(listed_annotations("val", data.val, data.val_images, "data.val_images"));
  }
  return listed;
}

}  // namespace

ListedSplit listed_annotations(const std::string& file, const std::string& root) {
  return listed_annotations("all", file, root, "--root");
}

ListedData listed_data(const ExperimentPlan& plan, const Catalog& catalog) {
  const ExperimentConfig& config = plan.phases.back().config;
  ListedData listed =
      config.task == "classification" ? of_classification(config, catalog) : of_instances(config, catalog);
  if (listed.splits.empty()) throw ConfigError("neither data.train nor data.val is set: there is nothing to check");
  return listed;
}

}  // namespace longtail
