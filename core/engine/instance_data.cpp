#include "core/engine/instance_data.h"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <longtail/error.h>
#include <longtail/sampler.h>

namespace longtail {
namespace {

/// Settings of the phase that `epoch` belongs to, or of the last one.
const ExperimentConfig& config_of_epoch(const ExperimentPlan& plan, std::int64_t epoch) {
  for (const Phase& phase : plan.phases) {
    if (epoch < phase.end) return phase.config;
  }
  return plan.phases.back().config;
}

}  // namespace

// Objects lie side by side in the order of their images, so that a beginning of the images has a beginning of them.
void keep_first_images(AnnotationSet& set, std::int64_t count) {
  if (count >= static_cast<std::int64_t>(set.images.size())) return;
  const auto objects = static_cast<std::size_t>(set.images[static_cast<std::size_t>(count)].first_object);
  set.objects.resize(objects);
  if (!set.object_text_ids.empty()) set.object_text_ids.resize(objects);
  set.images.resize(static_cast<std::size_t>(count));
}

std::shared_ptr<const AnnotationSet> read_split(const InstanceDataConfig& config, const std::string& split,
                                                const std::function<void(const std::string&)>& warn) {
  const std::string& file = split == "train" ? config.train : config.val;
  if (file.empty()) {
    throw ConfigError(fmt::format("data.{} is not set: it names the annotations of the split's images", split));
  }
  AnnotationProblems problems;
  const auto policy = config.bad_annotation == "skip" ? BadAnnotation::skip : BadAnnotation::stop;
  AnnotationSet set = read_annotations(file, policy, &problems);
  if (config.max_images > 0) keep_first_images(set, config.max_images);
  if (problems.any() && warn) {
    warn(fmt::format("{}: {} left out, such as: {}", file, to_string(problems), fmt::join(problems.examples, "; ")));
  }
  return std::make_shared<const AnnotationSet>(std::move(set));
}

std::shared_ptr<const InstanceDataset> open_split(const InstanceDataConfig& config, const std::string& split,
                                                  std::shared_ptr<const AnnotationSet> annotations, bool training,
                                                  std::uint64_t seed) {
  InstanceDataset::Options options;
  options.annotations = split == "train" ? config.train : config.val;
  options.root = split == "train" ? config.train_images : config.val_images;
  options.root_setting = split == "train" ? "data.train_images" : "data.val_images";
  options.training = training;
  options.filter_empty = !config.keep_empty;
  options.bad_image = config.bad_image == "skip" ? BadImage::skip : BadImage::stop;
  options.images = config.images;
  options.seed = seed;
  return std::make_shared<InstanceDataset>(options, std::move(annotations), InstanceTransform(config.transform));
}

std::vector<MosaicTile> served_images(const ExperimentPlan& plan, const Catalog& catalog, std::int64_t epoch,
                                      const TileChoice& choice) {
  const ExperimentConfig& config = config_of_epoch(plan, epoch);
  if (config.task != "instance_segmentation") {
    throw ConfigError(fmt::format("'{}' is an experiment in {}; images with masks are those of instance_segmentation",
                                  plan.config.name, config.task));
  }
  InstanceDataConfig data;
  Diagnostics diagnostics;
  read_params(config.data, data, "data", &catalog, diagnostics);
  diagnostics.throw_if_any();
  const auto seed = static_cast<std::uint64_t>(config.seed);
  const auto dataset = open_split(data, "train", read_split(data, "train", nullptr), true, seed);
  const DatasetStatistics statistics = dataset->statistics();
  const auto sampler = catalog.make<Sampler>(config.sampler, SamplerContext{&catalog, &statistics, seed});
  return served_tiles(*dataset, epoch, sampler->indices(epoch), choice);
}

}  // namespace longtail
