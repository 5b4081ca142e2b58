#include "core/engine/instance_segmentation_task.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <longtail/calibration.h>
#include <longtail/error.h>

#include "core/annotations/annotation_set.h"
#include "core/data/image_root.h"
#include "core/data/instance_dataset.h"
#include "core/data/loader.h"
#include "core/draw/instance_tiles.h"
#include "core/engine/experiment_config.h"
#include "core/engine/initial_weights.h"
#include "core/engine/instance_data.h"
#include "core/engine/instance_evaluation.h"
#include "core/engine/instance_prediction.h"
#include "core/engine/instance_segmentation_config.h"
#include "core/engine/sample_pictures.h"
#include "core/engine/task_parts.h"
#include "core/io/fingerprint.h"
#include "core/models/mask_rcnn.h"
#include "registry/text/counted.h"

namespace longtail {
namespace {

using TrainLoader = Loader<InstanceBatch>;

struct Settings {
  MaskRcnnConfig model;
  InstanceDataConfig data;
};

/// The batch with its tensors on the device, images channels-last.
InstanceBatch to_device(InstanceBatch batch, at::Device device) {
  batch.images = batch.images.to(batch.images.options().device(device), /*non_blocking=*/true, /*copy=*/false,
                                 at::MemoryFormat::ChannelsLast);
  for (InstanceTargets& targets : batch.targets) {
    targets.boxes = targets.boxes.to(device);
    targets.labels = targets.labels.to(device);
  }
  return batch;
}

/// A model numbers the classes as its training set lists them, ascending by id: another order would give scores of the
/// wrong classes without a word.
void check_same_classes(const AnnotationSet& known, const std::string& known_file, const AnnotationSet& other,
                        const std::string& file) {
  const std::size_t count = std::min(known.categories.size(), other.categories.size());
  for (std::size_t c = 0; c < count; ++c) {
    if (same_class(known.categories[c], other.categories[c])) continue;
    throw DataError(
        fmt::format("{}: class {} is '{}' (id {}), but in {} it is '{}' (id {}); both must list the same "
                    "categories in the same order of ids",
                    file, c + 1, other.categories[c].name, to_json(other.categories[c].key()), known_file,
                    known.categories[c].name, to_json(known.categories[c].key())));
  }
  if (known.categories.size() == other.categories.size()) return;
  throw DataError(fmt::format("{} has {} and {} has {}; both must list the same", known_file,
                              counted(known.categories.size(), "category", "categories"), file,
                              other.categories.size()));
}

class InstanceSegmentationTask final : public Task {
 public:
  InstanceSegmentationTask(const ExperimentConfig& config, const TaskContext& context);

  Module& model() override { return *model_; }
  const std::vector<std::string>& train_only() const override { return settings_.model.train_only; }
  std::int64_t start_epoch(std::int64_t epoch, std::int64_t first_batch) override;
  bool next_batch() override;
  NamedLosses losses() override;
  std::vector<std::string> suspect_samples() const override;
  Metrics evaluate(const EvaluationRequest& request) override;
  void predict(const PredictRequest& request) override;
  void check() const override;
  std::string summary() const override;
  std::vector<MosaicTile> sample_pictures(std::int64_t epoch) const override;

 private:
  void open_data();
  void warn_of_missing_outlines() const;
  void require_pictures_of(const InstanceDataset& dataset) const;
  TrainingCounts training_counts() const;
  std::shared_ptr<const AnnotationSet> read(const std::string& split) const;
  std::shared_ptr<const InstanceDataset> open(const std::string& split, bool training) const;
  std::shared_ptr<const InstanceDataset> open_limited(const std::string& split) const;
  std::shared_ptr<MaskRcnn> make_model() const;

  const ExperimentConfig config_;
  const TaskContext context_;
  const Settings settings_;
  std::shared_ptr<const InstanceDataset> train_;  // null where only evaluation is configured
  std::shared_ptr<const AnnotationSet> classes_;  // the set that tells the categories
  DatasetStatistics statistics_;
  std::shared_ptr<MaskRcnn> model_;
  std::shared_ptr<Sampler> sampler_;
  std::unique_ptr<TrainLoader> loader_;
  std::optional<InstanceBatch> batch_;
  std::int64_t epoch_ = 0;
  std::int64_t batches_read_ = 0;  // of this epoch
  std::int64_t skipped_ = 0;
  PictureWarnings picture_warnings_;
  std::set<std::string> warned_;  // of what evaluation meets again each time
  EmptyBatches empty_batches_;
};

InstanceSegmentationTask::InstanceSegmentationTask(const ExperimentConfig& config, const TaskContext& context)
    : config_(config), context_(context), settings_(settings_of<Settings>(config, *context.catalog)) {
  open_data();
  model_ = make_model();
  model_->to(context_.device);
}

void InstanceSegmentationTask::open_data() {
  if (settings_.data.train.empty() && settings_.data.val.empty()) {
    throw ConfigError("neither data.train nor data.val names an annotation file");
  }
  if (settings_.data.train.empty()) {
    classes_ = read("val");
    statistics_.num_classes = classes_->num_classes();
    return;
  }
  classes_ = read("train");
  train_ = open("train", true);
  warn_of_missing_outlines();
  warn_of_upscaling(context_, settings_.data.train, train_->usual_sides(), "data.transform.short_sides");
  statistics_ = train_->statistics();
  SamplerContext sampler{context_.catalog, &statistics_, static_cast<std::uint64_t>(config_.seed)};
  sampler_ = context_.catalog->make<Sampler>(config_.sampler, sampler);
}

std::shared_ptr<const AnnotationSet> InstanceSegmentationTask::read(const std::string& split) const {
  if (split == "train" && classes_) return classes_;
  return read_split(settings_.data, split, context_.warn);
}

std::shared_ptr<const InstanceDataset> InstanceSegmentationTask::open(const std::string& split, bool training) const {
  const auto annotations = read(split);
  if (split == "val") check_same_classes(*classes_, settings_.data.train, *annotations, settings_.data.val);
  return open_split(settings_.data, split, annotations, training, static_cast<std::uint64_t>(config_.seed));
}

/// For evaluation: under --limit-batches only the images that it sees, so that no other counts as one on which nothing
/// was found.
std::shared_ptr<const InstanceDataset> InstanceSegmentationTask::open_limited(const std::string& split) const {
  if (context_.limit_batches <= 0) return open(split, false);
  auto seen = std::make_shared<AnnotationSet>(open(split, false)->annotations());
  keep_first_images(*seen, context_.limit_batches * std::max<std::int64_t>(1, settings_.data.test_batch));
  return open_split(settings_.data, split, seen, false, static_cast<std::uint64_t>(config_.seed));
}

void InstanceSegmentationTask::warn_of_missing_outlines() const {
  std::int64_t objects = 0, missing = 0;
  for (std::int64_t i = 0; i < train_->size(); ++i) {
    for (const std::int64_t o : train_->objects(i)) {
      const ObjectRecord& object = train_->annotations().objects[static_cast<std::size_t>(o)];
      ++objects;
      if (object.segmentation.form == SegmentationRef::Form::none) ++missing;
    }
  }
  if (missing == 0 || !context_.warn) return;
  context_.warn(fmt::format("{}: {} of {} {} no outline: {} classes and boxes, not masks", settings_.data.train,
                            missing, counted(objects, "object"), if_one(missing, "has", "have"),
                            if_one(missing, "it trains", "they train")));
}

/// None where only evaluation is configured.
TrainingCounts InstanceSegmentationTask::training_counts() const {
  TrainingCounts counts;
  if (!train_) return counts;
  counts.images = statistics_.image_counts;
  counts.objects = statistics_.instance_counts;
  counts.bounds = {settings_.data.rare_at_most, settings_.data.common_at_most};
  counts.source = settings_.data.train;
  return counts;
}

std::shared_ptr<MaskRcnn> InstanceSegmentationTask::make_model() const {
  at::manual_seed(static_cast<std::uint64_t>(config_.seed));  // initial weights
  return std::make_shared<MaskRcnn>(settings_.model, statistics_.num_classes, *context_.catalog,
                                    make_loss_context(config_, context_, statistics_, true), config_.loss,
                                    config_.paradigm);
}

std::int64_t InstanceSegmentationTask::start_epoch(std::int64_t epoch, std::int64_t first_batch) {
  LoaderOptions options = loader_options(config_.loader);
  options.drop_last = config_.loader.drop_last;
  options.first_batch = first_batch;
  epoch_ = epoch;
  batches_read_ = first_batch;
  loader_ = std::make_unique<TrainLoader>(
      sampler_->indices(epoch), options,
      [this, epoch](const auto& indices, std::int64_t first) { return train_->load(indices, epoch, first); });
  const std::int64_t batches = limited(loader_->num_batches(), context_);
  empty_batches_.start_epoch(batches);
  return batches;
}

bool InstanceSegmentationTask::next_batch() {
  batch_ = loader_->next();
  if (!batch_) throw Error(ExitCode::other, "the training data ended before the epoch did");
  ++batches_read_;
  warn_skipped(context_, batch_->problems, skipped_);
  picture_warnings_.tell(context_, batch_->warnings);
  empty_batches_.note(batch_->inputs.empty(), "data.train_images", settings_.data.train_images);
  return !batch_->inputs.empty();
}

NamedLosses InstanceSegmentationTask::losses() {
  // A stream of its own, so that sampled proposals do not depend on how the images were augmented.
  constexpr std::uint64_t kProposals = 0x70726f706f73616cu;
  Rng rng(static_cast<std::uint64_t>(config_.seed) ^ kProposals, static_cast<std::uint64_t>(epoch_),
          static_cast<std::uint64_t>(batches_read_));
  return model_->losses(to_device(*batch_, context_.device), rng);
}

/// A loss of a detector is one number for all its images.
std::vector<std::string> InstanceSegmentationTask::suspect_samples() const {
  std::vector<std::string> names;
  for (const InputImage& input : batch_->inputs) names.push_back(train_->path(input.index));
  return names;
}

void InstanceSegmentationTask::check() const {
  if (!train_) throw ConfigError("data.train is not set: training needs the annotations of its images");
  const auto evaluated = open(config_.evaluation.split, false);
  make_calibration(config_, context_, statistics_, true, model_->loss());
  require_pictures_of(*train_);
  if (config_.evaluation.split != "train") require_pictures_of(*evaluated);
}

void InstanceSegmentationTask::require_pictures_of(const InstanceDataset& dataset) const {
  const InstanceDataset::Options& options = dataset.options();
  if (options.bad_image == BadImage::skip) return;
  require_pictures(context_, options.root, options.root_setting, options.annotations, dataset.size(),
                   [&](std::int64_t i) { return dataset.image(i).file_name; });
}

Metrics InstanceSegmentationTask::evaluate(const EvaluationRequest& request) {
  const auto dataset = open_limited(request.split);
  const auto calibration = make_calibration(config_, context_, statistics_, true, model_->loss());
  InstanceEvaluation evaluation(*dataset, settings_.data.protocol, training_counts(), request.output_folder,
                                context_.limit_batches > 0);
  if (request.facts != nullptr) *request.facts = evaluation.facts();
  for (const std::string& warning : evaluation.warnings()) {
    if (context_.warn && warned_.insert(warning).second) context_.warn(warning);
  }
  std::vector<std::int64_t> order(static_cast<std::size_t>(dataset->size()));
  std::iota(order.begin(), order.end(), 0);
  LoaderOptions options = loader_options(config_.loader);
  options.batch_size = std::max<std::int64_t>(1, settings_.data.test_batch);
  TrainLoader loader(std::move(order), options,
                     [&](const auto& indices, std::int64_t first) { return dataset->load(indices, 0, first); });
  const std::int64_t total = limited(loader.num_batches(), context_);
  const c10::NoGradGuard no_grad;
  model_->eval();
  for (std::int64_t done = 0; done < total; ++done) {
    const InstanceBatch batch = to_device(*loader.next(), context_.device);
    warn_skipped(context_, batch.problems, skipped_);
    picture_warnings_.tell(context_, batch.warnings);
    if (!batch.inputs.empty()) evaluation.add(batch, model_->detect(batch, *calibration));
    if (request.on_progress) request.on_progress(done + 1, total);
  }
  model_->train();
  if (!request.output_folder.empty()) {
    write_confusion_of(model_->loss(), dataset->class_names(), request.output_folder, context_.limit_batches > 0);
  }
  return evaluation.finish();
}

void InstanceSegmentationTask::predict(const PredictRequest& request) {
  SkippedPictures skipped(context_, settings_.data.bad_image == "skip");
  const PredictedPictures pictures = pictures_of(request, classes_->categories, settings_.data.images, skipped);
  InstanceDataset::Options options;
  options.root = ".";
  options.images = pictures.options;
  options.training = false;
  const InstanceDataset dataset(options, std::make_shared<const AnnotationSet>(pictures.set),
                                InstanceTransform(settings_.data.transform));
  const auto calibration = make_calibration(config_, context_, statistics_, true, model_->loss());
  InstancePrediction prediction(pictures, request);
  const c10::NoGradGuard no_grad;
  model_->eval();
  for (std::int64_t i = 0; i < dataset.size(); ++i) {
    if (request.on_progress) request.on_progress(i + 1, dataset.size());
    InstanceBatch batch;
    try {
      batch = to_device(dataset.load({i}, 0, i), context_.device);
    } catch (const DataError& error) {
      skipped.note(error);
      continue;
    }
    picture_warnings_.tell(context_, batch.warnings);
    prediction.add(i, model_->detect(batch, *calibration).front());
  }
  prediction.finish();
  skipped.finish(static_cast<std::int64_t>(request.images.size()));
}

std::vector<MosaicTile> InstanceSegmentationTask::sample_pictures(std::int64_t epoch) const {
  TileChoice choice;
  choice.count = kSamplePictures;
  return served_tiles(*train_, epoch, sampler_->indices(epoch), choice);
}

std::string InstanceSegmentationTask::summary() const {
  if (!train_) return counted(statistics_.num_classes, "class", "classes") + ", no training images";
  const auto& counts = statistics_.instance_counts;
  const std::int64_t objects = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
  const std::string left_out = to_string(train_->left_out());
  return fmt::format("{}, {} of {}, {} to {} a class{}{}", counted(train_->size(), "training image"),
                     counted(objects, "object"), counted(statistics_.num_classes, "class", "classes"), *least, *most,
                     left_out.empty() ? "" : "; ", left_out);
}

}  // namespace

void read_instance_segmentation_config(ExperimentConfig& config, const Catalog& catalog, Diagnostics& diagnostics) {
  Settings settings;
  read_params(config.model, settings.model, "model", &catalog, diagnostics);
  read_params(config.data, settings.data, "data", &catalog, diagnostics);
  config.model = dump_params(settings.model);
  config.data = dump_params(settings.data);
}

std::vector<std::string> missing_instance_segmentation_inputs(const ExperimentConfig& config) {
  std::vector<std::string> missing;
  note_missing(config.data, "train", "data.train: annotations", missing);
  note_missing(config.data, "val", "data.val: annotations", missing);
  note_missing(config.data, "train_images", "data.train_images: folder", missing);
  note_missing(config.data, "val_images", "data.val_images: folder", missing);
  note_missing_weights(text_of(config.model, "init"), missing);
  return missing;
}

std::string instance_segmentation_fingerprint(const ExperimentConfig& config) {
  const std::string annotations = text_of(config.data, "train"), init = text_of(config.model, "init");
  const std::string root = text_of(config.data, "train_images");
  std::vector<std::string> files;
  for (const ImageRecord& image : read_annotations(annotations, BadAnnotation::skip).images) {
    files.push_back(image.file_name);
  }
  return fingerprint_file(annotations) + fingerprint_of_files(root, files) + fingerprint_weights(init);
}

DataPaths instance_segmentation_data_paths(const ExperimentConfig& config) {
  DataPaths paths;
  paths.weights = weights_files(text_of(config.model, "init"));
  for (const char* split : {"train", "val"}) {
    const std::string annotations = text_of(config.data, split);
    if (annotations.empty()) continue;
    add_path(annotations, paths.whole);
    const std::string root = text_of(config.data, split == std::string("train") ? "train_images" : "val_images");
    for (const ImageRecord& image : read_annotations(annotations, BadAnnotation::skip).images) {
      paths.pictures.push_back(picture_path(root, image.file_name));
    }
  }
  return paths;
}

std::unique_ptr<Task> make_instance_segmentation_task(const ExperimentConfig& config, const TaskContext& context) {
  return std::make_unique<InstanceSegmentationTask>(config, context);
}

}  // namespace longtail
