#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include <longtail/calibration.h>
#include <longtail/error.h>
#include <longtail/loss.h>
#include <longtail/sampler.h>

#include "core/data/image_options.h"
#include "core/data/image_root.h"
#include "core/data/loader.h"
#include "core/engine/experiment_config.h"
#include "core/engine/task.h"
#include "core/evaluation/output_name.h"

namespace longtail {

// What the tasks have in common: from the configuration and the data's statistics to the contexts of their parts.

LossContext make_loss_context(const ExperimentConfig& config, const TaskContext& context,
                              const DatasetStatistics& statistics, bool has_background);
/// The calibration that the configuration names, with the confusion matrix that `loss` has kept, if any.
std::shared_ptr<Calibration> make_calibration(const ExperimentConfig& config, const TaskContext& context,
                                              const DatasetStatistics& statistics, bool has_background,
                                              const Loss& loss);
/// Model and data settings of a configuration that has been validated; `Settings` has a `model` and a `data`.
template <class Settings>
Settings settings_of(const ExperimentConfig& config, const Catalog& catalog) {
  Settings settings;
  Diagnostics diagnostics;
  read_params(config.model, settings.model, "model", &catalog, diagnostics);
  read_params(config.data, settings.data, "data", &catalog, diagnostics);
  diagnostics.throw_if_any();
  return settings;
}
/// `batches` or, under --limit-batches, as many as that.
std::int64_t limited(std::int64_t batches, const TaskContext& context);
LoaderOptions loader_options(const LoaderConfig& config);
/// Writes the learned confusion matrix (core/evaluation/learned_confusion.h) to `folder` where the loss has one.
void write_confusion_of(const Loss& loss, const std::vector<std::string>& class_names, const std::string& folder,
                        bool partial);
/// Tells each problem through context.warn; `skipped` counts over the run.
void warn_skipped(const TaskContext& context, const std::vector<std::string>& problems, std::int64_t& skipped);

/// Tells warnings about pictures, each once in a run however often the picture is loaded, and only the first few.
class PictureWarnings {
 public:
  void tell(const TaskContext& context, const std::vector<std::string>& warnings);

 private:
  std::set<std::string> told_;
};

/// Throws DataError where pictures of the set that `source` names are not there; `setting` names its root folder. Above
/// ten thousand pictures context.progress shows how far the look is.
void require_pictures(const TaskContext& context, const std::string& root, const std::string& setting,
                      const std::string& source, std::int64_t num_images, const PictureNames& name);

/// Warns where a transform makes the pictures of `source` several times larger than they are: a network that takes
/// longer sees no more. `setting` is the parameter that says the size.
void warn_of_upscaling(const TaskContext& context, const std::string& source, const UsualSides& sides,
                       const std::string& setting);

/// What to do about a picture that cannot be read and that is in no list but was named to `predict`, itself or its
/// folder.
inline constexpr const char* kAdviceOnNamedPictures =
    "replace the file, take it away, or leave such pictures out with '--set data.bad_image=skip'";

/// Pictures that `predict` leaves out where the settings say to: tells each, and counts them.
class SkippedPictures {
 public:
  SkippedPictures(const TaskContext& context, bool allowed) : context_(context), allowed_(allowed) {}
  /// In a catch block, about the picture that cannot be read; throws the error on where none may be left out.
  void note(const DataError& error);
  /// After the last of `count` pictures; throws DataError where none could be read.
  void finish(std::int64_t count) const;

 private:
  const TaskContext& context_;
  bool allowed_;
  std::int64_t count_ = 0;
};

/// Counts batches of which no image could be read. Throws DataError after fifty in a row, or after all of a short
/// epoch: then it is not a picture that is broken but the folder, which `setting` names.
class EmptyBatches {
 public:
  void start_epoch(std::int64_t batches) { batches_ = batches; }
  void note(bool empty, const std::string& setting, const std::string& folder);

 private:
  std::int64_t batches_ = 0, in_a_row_ = 0;
};

/// "what PATH does not exist" for the path that `key` of a section gives, where it gives one that is not there; why it
/// cannot be reached, where nobody can tell.
void note_missing(const Node& section, const char* key, const char* what, std::vector<std::string>& missing);
/// Adds `path` where there is one.
void add_path(const std::string& path, std::vector<std::string>& paths);
/// The text of a key, "" where it is not set.
std::string text_of(const Node& section, const char* key);
/// Sizes and times of files stand for their content: reading them all would take as long as an epoch.
std::string fingerprint_of_files(const std::string& root, const std::vector<std::string>& paths);

}  // namespace longtail
