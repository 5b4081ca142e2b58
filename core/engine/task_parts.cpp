#include "core/engine/task_parts.h"

#include <algorithm>

#include <filesystem>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/engine/console.h"
#include "core/evaluation/learned_confusion.h"
#include "core/io/fingerprint.h"
#include "registry/text/counted.h"

namespace longtail {

namespace fs = std::filesystem;

LossContext make_loss_context(const ExperimentConfig& config, const TaskContext& context,
                              const DatasetStatistics& statistics, bool has_background) {
  LossContext made;
  made.catalog = context.catalog;
  made.num_classes = statistics.num_classes;
  made.has_background = has_background;
  made.instance_counts = statistics.instance_counts;
  made.image_counts = statistics.image_counts;
  made.device = context.device;
  made.seed = static_cast<std::uint64_t>(config.seed);
  made.collective = context.collective;
  made.warn = context.warn;
  return made;
}

std::shared_ptr<Calibration> make_calibration(const ExperimentConfig& config, const TaskContext& context,
                                              const DatasetStatistics& statistics, bool has_background,
                                              const Loss& loss) {
  const CalibrationContext made{
      context.catalog,         statistics.num_classes,  has_background, statistics.instance_counts,
      statistics.image_counts, loss.confusion_matrix(), context.warn};
  return context.catalog->make<Calibration>(config.calibration, made);
}

void write_confusion_of(const Loss& loss, const std::vector<std::string>& class_names, const std::string& folder,
                        bool partial) {
  const Tensor matrix = loss.confusion_matrix();
  if (!matrix.defined() || matrix.size(0) != static_cast<std::int64_t>(class_names.size())) return;
  const Tensor values = matrix.to(at::kCPU, at::kDouble).contiguous();
  const double* begin = values.data_ptr<double>();
  write_learned_confusion({class_names, std::vector<double>(begin, begin + values.numel())}, folder, partial);
}

std::int64_t limited(std::int64_t batches, const TaskContext& context) {
  return context.limit_batches > 0 ? std::min(batches, context.limit_batches) : batches;
}

LoaderOptions loader_options(const LoaderConfig& config) {
  LoaderOptions options;
  options.batch_size = config.batch_size;
  options.threads = static_cast<int>(config.threads);
  options.prefetch = static_cast<int>(config.prefetch);
  return options;
}

void warn_skipped(const TaskContext& context, const std::vector<std::string>& problems, std::int64_t& skipped) {
  for (const std::string& problem : problems) {
    ++skipped;
    if (context.warn) context.warn(fmt::format("image {} skipped: {}", skipped, problem));
  }
}

void PictureWarnings::tell(const TaskContext& context, const std::vector<std::string>& warnings) {
  constexpr std::size_t kMost = 5;
  for (const std::string& warning : warnings) {
    if (warning.empty() || !context.warn || told_.size() > kMost || !told_.insert(warning).second) continue;
    context.warn(told_.size() <= kMost ? warning
                                       : "there are more such pictures; `longtail data check` lists them all");
  }
}

void require_pictures(const TaskContext& context, const std::string& root, const std::string& setting,
                      const std::string& source, std::int64_t num_images, const PictureNames& name) {
  constexpr std::int64_t kWorthABar = 10'000;
  std::function<void(std::int64_t, std::int64_t)> progress;
  if (context.progress && num_images > kWorthABar) {
    progress = [&](std::int64_t done, std::int64_t total) {
      const double share = static_cast<double>(done) / static_cast<double>(total);
      context.progress(
          fmt::format("looking for the images of {} {} {}/{}", source, progress_bar(share, 20), done, total));
    };
  }
  const MissingPictures missing = find_missing_pictures(root, num_images, name, progress);
  if (missing.count == 0) return;
  throw DataError(
      fmt::format("{}: {} of {} cannot be opened: {}{}; correct the list or {}, or leave such images "
                  "out with 'data.bad_image: skip'",
                  source, missing.count, counted(num_images, "image"), fmt::join(missing.examples, ", "),
                  missing.count > static_cast<std::int64_t>(missing.examples.size()) ? ", ..." : "", setting));
}

void warn_of_upscaling(const TaskContext& context, const std::string& source, const UsualSides& sides,
                       const std::string& setting) {
  constexpr double kFar = 2.5;
  const double scale =
      static_cast<double>(sides.network) / static_cast<double>(std::max<std::int64_t>(1, sides.picture));
  if (!context.warn || sides.picture == 0 || scale < kFar) return;
  context.warn(
      fmt::format("{}: images with a short side of {} pixels are scaled up to {}, {:.1f} times (median); a smaller {} "
                  "trains faster and shows the network as much",
                  source, sides.picture, sides.network, scale, setting));
}

void SkippedPictures::note(const DataError& error) {
  if (!allowed_) throw;
  ++count_;
  const std::string text = error.what();  // its advice is what is being done
  if (context_.warn) context_.warn(fmt::format("left out: {}", text.substr(0, text.find("; replace the file"))));
}

void SkippedPictures::finish(std::int64_t count) const {
  if (count_ == count) throw DataError("none of the pictures can be read");
  if (count_ > 0 && context_.warn) context_.warn(fmt::format("{} of {} left out", count_, counted(count, "picture")));
}

void EmptyBatches::note(bool empty, const std::string& setting, const std::string& folder) {
  constexpr std::int64_t kTooMany = 50;
  in_a_row_ = empty ? in_a_row_ + 1 : 0;
  if (in_a_row_ == 0 || in_a_row_ < std::min(kTooMany, batches_)) return;
  throw DataError(fmt::format("no image of {} in a row can be read; check {} {}",
                              counted(in_a_row_, "batch", "batches"), setting, folder));
}

void note_missing(const Node& section, const char* key, const char* what, std::vector<std::string>& missing) {
  const std::string path = text_of(section, key);
  std::error_code failure;
  if (path.empty() || fs::exists(path, failure)) return;
  missing.push_back(fmt::format("{} {} {}", what, path,
                                failure ? fmt::format("cannot be reached ({})", failure.message()) : "does not exist"));
}

void add_path(const std::string& path, std::vector<std::string>& paths) {
  if (!path.empty()) paths.push_back(path);
}

std::string text_of(const Node& section, const char* key) {
  std::string value;
  if (const Node* found = section.find_path(key)) found->as(value);
  return value;
}

std::string fingerprint_of_files(const std::string& root, const std::vector<std::string>& paths) {
  std::string facts = fs::absolute(root).lexically_normal().string() + "\n";
  for (const std::string& path : paths) {
    std::error_code missing;
    const std::string file = picture_path(root, path);
    const auto time = fs::last_write_time(file, missing).time_since_epoch().count();
    facts += fmt::format("{} {} {}\n", path, fs::file_size(file, missing), time);
  }
  return fingerprint(facts);
}

}  // namespace longtail
