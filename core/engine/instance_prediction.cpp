#include "core/engine/instance_prediction.h"

#include <filesystem>

#include <fmt/format.h>

#include <longtail/error.h>

#include "core/data/image.h"
#include "core/draw/instances.h"
#include "core/engine/instance_evaluation.h"
#include "core/evaluation/csv.h"
#include "core/io/atomic_file.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;

fs::path made(const fs::path& folder) {
  fs::create_directories(folder);
  return folder;
}

}  // namespace

PredictedPictures pictures_of(const PredictRequest& request, const std::vector<Category>& categories,
                              const ImageOptions& options, SkippedPictures& skipped) {
  PredictedPictures pictures;
  pictures.options = options;
  pictures.set.categories = categories;
  ImageReader reader(options);
  reader.advise(kAdviceOnNamedPictures);
  for (std::size_t i = 0; i < request.images.size(); ++i) {
    try {
      reader.open(request.images[i]);
    } catch (const DataError& error) {
      skipped.note(error);
      continue;
    }
    ImageRecord image;
    image.id = static_cast<std::int64_t>(pictures.set.images.size()) + 1;
    image.height = reader.height();
    image.width = reader.width();
    image.file_name = request.images[i];
    pictures.set.images.push_back(std::move(image));
    pictures.names.push_back(i < request.names.size() ? request.names[i]
                                                      : fs::path(request.images[i]).filename().string());
  }
  return pictures;
}

InstancePrediction::InstancePrediction(const PredictedPictures& pictures, const PredictRequest& request)
    : pictures_(pictures),
      request_(request),
      writer_(made(request.output_folder) / "detections.json", pictures.set.categories) {}

void InstancePrediction::add(std::int64_t picture, const Detections& detections) {
  const ImageRecord& image = pictures_.set.images[static_cast<std::size_t>(picture)];
  const std::vector<DetectionRecord> records = to_records(detections);
  writer_.add(image.key(), records);
  std::vector<DrawnInstance> drawn;
  for (const DetectionRecord& record : records) {
    if (record.score < request_.min_score) continue;
    const std::string& name = pictures_.set.categories[static_cast<std::size_t>(record.class_index)].name;
    drawn.push_back({record.class_index, name, record.score, record.box, record.mask});
  }
  ImageReader reader(pictures_.options);
  reader.advise(kAdviceOnNamedPictures);
  reader.open(image.file_name);
  const std::string overlay = overlay_name(pictures_.names[static_cast<std::size_t>(picture)]);
  const fs::path file = fs::path(request_.output_folder) / overlay;
  made(file.parent_path());
  write_image(file.string(), draw_instances(reader.decode(), drawn));
  index_ += fmt::format("{},{},{},{}\n", image.id, csv_field(image.file_name), csv_field(overlay), drawn.size());
}

void InstancePrediction::finish() {
  writer_.finish();
  write_file_atomically(fs::path(request_.output_folder) / "pictures.csv", {index_}, Links::refuse);
}

/// <name>.png, or <name>_2.png and so on where earlier pictures have the name.
std::string InstancePrediction::overlay_name(const std::string& picture) {
  const std::string stem = fs::path(picture).replace_extension().generic_string();
  std::string name = stem;
  for (int copy = 2; !names_.insert(name).second; ++copy) name = fmt::format("{}_{}", stem, copy);
  return name + ".png";
}

}  // namespace longtail
