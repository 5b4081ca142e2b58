#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <longtail/catalog.h>
#include <longtail/collective.h>
#include <longtail/module.h>
#include <longtail/sampler.h>

#include "core/draw/instances.h"

namespace longtail {

struct ExperimentConfig;

/// Named numbers by group, such as accuracy -> few -> 0.25. Fractions in [0, 1]; -1 where undefined.
using Metrics = std::map<std::string, std::map<std::string, double>>;

/// What numbers were made by, for people and machines: "protocol" -> "lvis".
using EvaluationFacts = std::map<std::string, std::string>;

/// The losses of one batch, as scalars to be summed.
using NamedLosses = std::vector<std::pair<std::string, Tensor>>;

struct TaskContext {
  const Catalog* catalog = nullptr;
  at::Device device = at::kCPU;
  std::int64_t limit_batches = 0;  // of an epoch and of an evaluation; 0 is all
  std::shared_ptr<Collective> collective = std::make_shared<SingleProcess>();
  std::function<void(const std::string&)> warn;      // for people; may be empty
  std::function<void(const std::string&)> progress;  // a line that renews itself; may be empty
};

struct EvaluationRequest {
  std::string split = "val";
  std::string output_folder;  // per-class tables and the like go here; "" writes none
  std::function<void(std::int64_t done, std::int64_t total)> on_progress;
  EvaluationFacts* facts = nullptr;  // filled in where it is given
};

struct PredictRequest {
  std::vector<std::string> images;  // files; for predict() of inference.h folders, too
  std::vector<std::string> names;   // of each image, for what is written about it: a relative path; empty: file names
  std::string output_folder;        // made where it is missing
  double min_score = 0.3;           // of what is drawn or listed
  std::function<void(std::int64_t done, std::int64_t total)> on_progress;
};

/// What is trained: a model with its data, its losses and its evaluation. The engine knows nothing else of it.
class Task {
 public:
  virtual ~Task();

  /// All that checkpoints carry, under the submodules backbone, classifier, paradigm and loss.
  virtual Module& model() = 0;
  /// Prefixes of the parameters to train; empty trains all.
  virtual const std::vector<std::string>& train_only() const = 0;

  /// Opens the training data of `epoch`, from batch `first_batch` on; returns the number of batches of the epoch.
  virtual std::int64_t start_epoch(std::int64_t epoch, std::int64_t first_batch) = 0;
  /// Reads the next batch; false where no image of it can be read and the settings say to leave such images out. Throws
  /// DataError where that goes on and on.
  virtual bool next_batch() = 0;
  /// Losses of the batch that was read.
  virtual NamedLosses losses() = 0;
  /// Names of the samples of that batch whose losses are not finite; all of them where that cannot be told.
  virtual std::vector<std::string> suspect_samples() const = 0;

  virtual Metrics evaluate(const EvaluationRequest& request) = 0;
  /// Applies the model to pictures that need no annotations and writes what it finds to the output folder.
  virtual void predict(const PredictRequest& request) = 0;
  /// Throws what start_epoch() and evaluate() would throw about the configuration and the lists, before any work; and
  /// where pictures are missing, unless the settings say to leave such pictures out.
  virtual void check() const = 0;

  /// The first pictures of `epoch` as training gets them, for people.
  virtual std::vector<MosaicTile> sample_pictures(std::int64_t epoch) const;
  /// One line for people: how many samples and classes.
  virtual std::string summary() const = 0;
};

std::vector<std::string> task_names();
bool is_task(const std::string& name);
/// The usual columns of a table of this task (a name of task_names()), and the groups of its Metrics.
const std::vector<std::string>& task_columns(const std::string& task);
const std::vector<std::string>& task_metric_groups(const std::string& task);
/// The names in such a group, without those that carry a limit of detections (AR@300); the most usual one first.
const std::vector<std::string>& task_metrics(const std::string& task);
/// Whether `metric` is one of the task's, as "segm/AP" or "bbox/AR@300".
bool is_metric(const std::string& task, const std::string& metric);
/// The value of "segm/AP"; -1 where it is undefined or not there.
double metric_of(const Metrics& metrics, const std::string& name);

/// Validates `config.model` and `config.data` by the task's schemas and fills in their defaults.
void read_task_config(ExperimentConfig& config, const Catalog& catalog, Diagnostics& diagnostics);
/// Files and folders that the configuration needs and that are not there, one sentence each.
std::vector<std::string> missing_inputs(const ExperimentConfig& config);
/// Identifies the content of the training data, for the cache of finished phases.
std::string data_fingerprint(const ExperimentConfig& config);
/// The files that the data of a configuration consist of, training and evaluation; a file may stand there twice.
struct DataPaths {
  std::vector<std::string> weights;   // initial ones
  std::vector<std::string> whole;     // lists, annotations, class names
  std::vector<std::string> pictures;  // many and large
};
DataPaths data_paths(const ExperimentConfig& config);
std::unique_ptr<Task> make_task(const ExperimentConfig& config, const TaskContext& context);

}  // namespace longtail
