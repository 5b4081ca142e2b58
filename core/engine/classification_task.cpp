#include "core/engine/classification_task.h"

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <optional>

#include <fmt/format.h>

#include <longtail/calibration.h>
#include <longtail/error.h>

#include "core/data/classification_dataset.h"
#include "core/data/image_root.h"
#include "core/data/loader.h"
#include "core/engine/classification_config.h"
#include "core/engine/experiment_config.h"
#include "core/engine/initial_weights.h"
#include "core/engine/sample_pictures.h"
#include "core/engine/task_parts.h"
#include "core/evaluation/classification.h"
#include "core/evaluation/csv.h"
#include "core/io/atomic_file.h"
#include "core/io/fingerprint.h"
#include "core/models/classifier.h"
#include "core/models/step_losses.h"
#include "registry/text/counted.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;
using TrainLoader = Loader<ClassificationBatch>;

struct Settings {
  ClassificationModelConfig model;
  ClassificationDataConfig data;
};

class ClassificationTask final : public Task {
 public:
  ClassificationTask(const ExperimentConfig& config, const TaskContext& context);

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
  void open_training_data();
  void warn_of_training_data() const;
  void require_pictures_of(const ClassificationDataset& dataset) const;
  std::shared_ptr<const Transform> make_transform() const;
  ClassificationDataset::Options dataset_options(const std::string& list, bool training) const;
  std::shared_ptr<Classifier> make_model() const;
  Tensor read_picture(ImageReader& reader, const std::string& file) const;
  Tensor to_device(const Tensor& images) const;
  std::vector<std::int64_t> train_counts() const;
  ClassificationDataset open_split(const std::string& split) const;
  ClassificationEvaluator make_evaluator() const;
  Metrics metrics_of(const AccuracySummary& summary) const;
  void write_tables(const EvaluationRequest& request, ClassificationEvaluator& evaluator) const;

  const ExperimentConfig config_;
  const TaskContext context_;
  const Settings settings_;
  std::shared_ptr<const Transform> transform_;
  std::unique_ptr<const ClassificationDataset> train_;  // null where only evaluation is configured
  DatasetStatistics statistics_;
  std::shared_ptr<Classifier> model_;
  std::shared_ptr<Sampler> sampler_;
  std::unique_ptr<TrainLoader> loader_;
  std::optional<ClassificationBatch> batch_;
  Tensor last_values_;  // [N] summed losses of the batch, to find the samples that broke
  std::int64_t skipped_ = 0;
  PictureWarnings picture_warnings_;
  EmptyBatches empty_batches_;
};

ClassificationTask::ClassificationTask(const ExperimentConfig& config, const TaskContext& context)
    : config_(config),
      context_(context),
      settings_(settings_of<Settings>(config, *context.catalog)),
      transform_(make_transform()) {
  open_training_data();
  model_ = make_model();
  model_->to(context_.device);
}

void ClassificationTask::open_training_data() {
  if (!settings_.data.train.empty()) {
    train_ = std::make_unique<ClassificationDataset>(dataset_options(settings_.data.train, true), transform_);
    warn_of_training_data();
    statistics_ = train_->statistics();
    SamplerContext sampler{context_.catalog, &statistics_, static_cast<std::uint64_t>(config_.seed)};
    sampler_ = context_.catalog->make<Sampler>(config_.sampler, sampler);
    return;
  }
  statistics_.num_classes = settings_.data.num_classes;
  if (statistics_.num_classes == 0 && !settings_.data.val.empty()) {
    statistics_.num_classes = read_image_list(settings_.data.val).num_classes;
  }
  if (statistics_.num_classes == 0) throw ConfigError("neither data.train nor data.val names a list of images");
}

void ClassificationTask::warn_of_training_data() const {
  if (!context_.warn) return;
  if (const std::string doubt = doubt_about_labels(train_->list()); !doubt.empty()) context_.warn(doubt);
  if (const std::string& file = settings_.data.class_names; !file.empty()) {
    if (const std::string doubt = doubt_about_names(file, train_->class_names()); !doubt.empty()) context_.warn(doubt);
  }
  warn_of_upscaling(context_, settings_.data.train, train_->usual_sides(), "data.transform.size");
}

std::shared_ptr<const Transform> ClassificationTask::make_transform() const {
  return context_.catalog->make<Transform>(settings_.data.transform, TransformContext{});
}

ClassificationDataset::Options ClassificationTask::dataset_options(const std::string& list, bool training) const {
  ClassificationDataset::Options options;
  options.root = settings_.data.root;
  options.list = list;
  options.num_classes = training ? settings_.data.num_classes : statistics_.num_classes;
  options.class_names = settings_.data.class_names;
  options.bad_image = settings_.data.bad_image == "skip" ? BadImage::skip : BadImage::stop;
  options.images = settings_.data.images;
  options.training = training;
  options.seed = static_cast<std::uint64_t>(config_.seed);
  return options;
}

std::shared_ptr<Classifier> ClassificationTask::make_model() const {
  const Catalog& catalog = *context_.catalog;
  const auto seed = static_cast<std::uint64_t>(config_.seed);
  at::manual_seed(seed);  // initial weights
  Classifier::Parts parts;
  parts.classifier = settings_.model.classifier;
  parts.backbone = catalog.make<Backbone>(settings_.model.backbone, BackboneContext{&catalog, 3, seed});
  parts.loss = catalog.make<Loss>(config_.loss, make_loss_context(config_, context_, statistics_, false));
  ParadigmContext head;
  head.catalog = &catalog;
  head.num_logits = parts.loss->num_logits();
  head.channels = Classifier::feature_channels(*parts.backbone);
  head.hidden_channels = head.channels;
  head.seed = seed;
  head.initial_bias = parts.loss->initial_bias();
  head.num_scores = statistics_.num_classes;
  head.scores = [loss = parts.loss](const Tensor& logits) { return loss->scores(logits); };
  parts.paradigm = catalog.make<Paradigm>(config_.paradigm, head);
  return std::make_shared<Classifier>(std::move(parts));
}

std::int64_t ClassificationTask::start_epoch(std::int64_t epoch, std::int64_t first_batch) {
  LoaderOptions options = loader_options(config_.loader);
  options.drop_last = config_.loader.drop_last;
  options.first_batch = first_batch;
  loader_ = std::make_unique<TrainLoader>(
      sampler_->indices(epoch), options,
      [this, epoch](const auto& indices, std::int64_t first) { return train_->load(indices, epoch, first); });
  const std::int64_t batches = limited(loader_->num_batches(), context_);
  empty_batches_.start_epoch(batches);
  return batches;
}

bool ClassificationTask::next_batch() {
  batch_ = loader_->next();
  if (!batch_) throw Error(ExitCode::other, "the training data ended before the epoch did");
  warn_skipped(context_, batch_->problems, skipped_);
  picture_warnings_.tell(context_, batch_->warnings);
  empty_batches_.note(batch_->indices.empty(), "data.root", settings_.data.root);
  return !batch_->indices.empty();
}

Tensor ClassificationTask::to_device(const Tensor& images) const {
  return images.to(images.options().device(context_.device), /*non_blocking=*/true, /*copy=*/false,
                   at::MemoryFormat::ChannelsLast);
}

NamedLosses ClassificationTask::losses() {
  const std::vector<ParadigmStep> steps = model_->forward(to_device(batch_->images));
  return step_losses(model_->loss(), steps, batch_->labels.to(context_.device), statistics_.num_classes, &last_values_);
}

std::vector<std::string> ClassificationTask::suspect_samples() const {
  std::vector<std::string> names;
  const Tensor bad = at::logical_not(at::isfinite(last_values_)).cpu();
  const bool any = bad.any().item<bool>();
  for (std::size_t i = 0; i < batch_->indices.size(); ++i) {
    const bool wanted = !any || bad[static_cast<std::int64_t>(i)].item<bool>();
    if (wanted) names.push_back(train_->list().paths[static_cast<std::size_t>(batch_->indices[i])]);
    if (names.size() == 5) break;  // enough to go and look
  }
  return names;
}

/// Without a training list no class belongs to a split: none has a count.
std::vector<std::int64_t> ClassificationTask::train_counts() const {
  if (train_) return statistics_.instance_counts;
  return std::vector<std::int64_t>(static_cast<std::size_t>(statistics_.num_classes), 0);
}

ClassificationDataset ClassificationTask::open_split(const std::string& split) const {
  const std::string& list = split == "train" ? settings_.data.train : settings_.data.val;
  if (list.empty()) throw ConfigError(fmt::format("data.{} is not set: evaluation needs a list of images", split));
  return ClassificationDataset(dataset_options(list, false), transform_);
}

ClassificationEvaluator ClassificationTask::make_evaluator() const {
  return ClassificationEvaluator(train_counts(), train_ ? train_->class_names() : std::vector<std::string>{},
                                 SplitBounds{settings_.data.many_above, settings_.data.few_below});
}

void ClassificationTask::check() const {
  if (!train_) throw ConfigError("data.train is not set: training needs the list of its images");
  const ClassificationDataset evaluated = open_split(config_.evaluation.split);
  make_calibration(config_, context_, statistics_, false, model_->loss());
  make_evaluator();
  require_pictures_of(*train_);
  if (config_.evaluation.split != "train") require_pictures_of(evaluated);
}

void ClassificationTask::require_pictures_of(const ClassificationDataset& dataset) const {
  const ClassificationDataset::Options& options = dataset.options();
  if (options.bad_image == BadImage::skip) return;
  require_pictures(context_, options.root, "data.root", options.list, dataset.size(),
                   [&](std::int64_t i) { return dataset.list().paths[static_cast<std::size_t>(i)]; });
}

Metrics ClassificationTask::evaluate(const EvaluationRequest& request) {
  const ClassificationDataset dataset = open_split(request.split);
  const std::shared_ptr<Calibration> calibration =
      make_calibration(config_, context_, statistics_, false, model_->loss());
  ClassificationEvaluator evaluator = make_evaluator();
  std::vector<std::int64_t> order(static_cast<std::size_t>(dataset.size()));
  std::iota(order.begin(), order.end(), 0);
  TrainLoader loader(std::move(order), loader_options(config_.loader),
                     [&](const auto& indices, std::int64_t first) { return dataset.load(indices, 0, first); });
  const std::int64_t total = limited(loader.num_batches(), context_);
  const c10::NoGradGuard no_grad;
  model_->eval();
  for (std::int64_t done = 0; done < total; ++done) {
    const auto batch = loader.next();
    warn_skipped(context_, batch->problems, skipped_);
    picture_warnings_.tell(context_, batch->warnings);
    if (batch->labels.size(0) > 0) {
      const std::vector<ParadigmStep> steps = model_->forward(to_device(batch->images));
      evaluator.add(calibration->apply(model_->loss().scores(steps.back().output.logits)), batch->labels);
    }
    if (request.on_progress) request.on_progress(done + 1, total);
  }
  model_->train();
  if (!request.output_folder.empty()) {
    write_tables(request, evaluator);
    write_confusion_of(model_->loss(), dataset.class_names(), request.output_folder, context_.limit_batches > 0);
  }
  return metrics_of(evaluator.summary());
}

/// [1, 3, size, size] as at test time.
Tensor ClassificationTask::read_picture(ImageReader& reader, const std::string& file) const {
  const std::int64_t size = transform_->size();
  const Tensor image = at::empty({1, 3, size, size}, at::kFloat);
  reader.open(file);
  transform_->test(reader, image.data_ptr<float>());
  return image;
}

/// predictions.csv: for each picture its likeliest classes, best first.
void ClassificationTask::predict(const PredictRequest& request) {
  const auto calibration = make_calibration(config_, context_, statistics_, false, model_->loss());
  const std::vector<std::string> names = open_split(settings_.data.val.empty() ? "train" : "val").class_names();
  const std::int64_t top = std::min<std::int64_t>(5, statistics_.num_classes);
  const auto count = static_cast<std::int64_t>(request.images.size());
  std::string csv = "image,rank,label,name,score\n";
  ImageReader reader(settings_.data.images);
  reader.advise(kAdviceOnNamedPictures);
  SkippedPictures skipped(context_, settings_.data.bad_image == "skip");
  const c10::NoGradGuard no_grad;
  model_->eval();
  for (std::int64_t i = 0; i < count; ++i) {
    const std::string& file = request.images[static_cast<std::size_t>(i)];
    if (request.on_progress) request.on_progress(i + 1, count);
    Tensor image;
    try {
      image = read_picture(reader, file);
    } catch (const DataError& error) {
      skipped.note(error);
      continue;
    }
    picture_warnings_.tell(context_, {reader.warning()});
    const std::vector<ParadigmStep> steps = model_->forward(to_device(image));
    const Tensor scores = calibration->apply(model_->loss().scores(steps.back().output.logits))[0].cpu();
    const auto [best, labels] = scores.topk(top);
    for (std::int64_t rank = 0; rank < top; ++rank) {
      const auto label = labels[rank].item<std::int64_t>();
      csv += fmt::format("{},{},{},{},{:.6f}\n", csv_field(file), rank + 1, label,
                         csv_field(names[static_cast<std::size_t>(label)]), best[rank].item<double>());
    }
  }
  skipped.finish(count);
  fs::create_directories(request.output_folder);
  write_file_atomically(fs::path(request.output_folder) / "predictions.csv", {csv}, Links::refuse);
}

/// Without a training list the splits mean nothing.
Metrics ClassificationTask::metrics_of(const AccuracySummary& summary) const {
  const auto of_split = [this](double accuracy) { return train_ ? accuracy : -1; };
  return {{"accuracy",
           {{"many", of_split(summary.many)},
            {"medium", of_split(summary.medium)},
            {"few", of_split(summary.few)},
            {"overall", summary.overall},
            {"class_mean", summary.class_mean}}}};
}

void ClassificationTask::write_tables(const EvaluationRequest& request, ClassificationEvaluator& evaluator) const {
  const fs::path folder = request.output_folder;
  fs::create_directories(folder);
  const std::string classes = per_class_csv(evaluator.per_class());
  const std::string confusion = confusion_csv(evaluator);
  const bool partial = context_.limit_batches > 0;
  write_file_atomically(folder / output_name("per_class", "csv", partial), {classes}, Links::refuse);
  write_file_atomically(folder / output_name("confusion", "csv", partial), {confusion}, Links::refuse);
}

std::vector<MosaicTile> ClassificationTask::sample_pictures(std::int64_t epoch) const {
  std::vector<std::int64_t> order = sampler_->indices(epoch);
  order.resize(std::min(order.size(), static_cast<std::size_t>(kSamplePictures)));
  const ClassificationBatch batch = train_->load(order, epoch, 0);
  std::vector<MosaicTile> tiles;
  if (batch.indices.empty()) return tiles;
  const float low = batch.images.min().item<float>(), high = batch.images.max().item<float>();
  for (std::size_t i = 0; i < batch.indices.size(); ++i) {
    const auto place = static_cast<std::int64_t>(i);
    const auto label = static_cast<std::size_t>(batch.labels[place].item<std::int64_t>());
    tiles.push_back({stretched(batch.images[place], low, high), train_->class_names()[label]});
  }
  return tiles;
}

std::string ClassificationTask::summary() const {
  if (!train_) return counted(statistics_.num_classes, "class", "classes") + ", no training images";
  const auto& counts = statistics_.instance_counts;
  const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
  return fmt::format("{} of {}, {} to {} a class", counted(train_->size(), "training image"),
                     counted(train_->num_classes(), "class", "classes"), *least, *most);
}

}  // namespace

void read_classification_config(ExperimentConfig& config, const Catalog& catalog, Diagnostics& diagnostics) {
  Settings settings;
  read_params(config.model, settings.model, "model", &catalog, diagnostics);
  read_params(config.data, settings.data, "data", &catalog, diagnostics);
  config.model = dump_params(settings.model);
  config.data = dump_params(settings.data);
}

std::vector<std::string> missing_classification_inputs(const ExperimentConfig& config) {
  std::vector<std::string> missing;
  note_missing(config.data, "root", "data.root: folder", missing);
  note_missing(config.data, "train", "data.train: list", missing);
  note_missing(config.data, "val", "data.val: list", missing);
  note_missing(config.data, "class_names", "data.class_names: file", missing);
  note_missing_weights(text_of(config.model, "init"), missing);
  return missing;
}

std::string classification_data_fingerprint(const ExperimentConfig& config) {
  const std::string list = text_of(config.data, "train"), init = text_of(config.model, "init");
  const std::string images = fingerprint_of_files(text_of(config.data, "root"), read_image_list(list).paths);
  return fingerprint_file(list) + images + fingerprint_weights(init);
}

DataPaths classification_data_paths(const ExperimentConfig& config) {
  DataPaths paths;
  paths.weights = weights_files(text_of(config.model, "init"));
  add_path(text_of(config.data, "class_names"), paths.whole);
  const std::string root = text_of(config.data, "root");
  for (const char* split : {"train", "val"}) {
    const std::string list = text_of(config.data, split);
    if (list.empty()) continue;
    add_path(list, paths.whole);
    for (const std::string& path : read_image_list(list).paths) paths.pictures.push_back(picture_path(root, path));
  }
  return paths;
}

std::unique_ptr<Task> make_classification_task(const ExperimentConfig& config, const TaskContext& context) {
  return std::make_unique<ClassificationTask>(config, context);
}

}  // namespace longtail
