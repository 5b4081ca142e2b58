#include "core/engine/instance_prediction.h"

#include <filesystem>

#include <fmt/format.h>

#include "core/data/image.h"
#include "core/draw/instances.h"
#include "core/engine/instance_evaluation.h"
#include "core/evaluation/csv.h"
#include "core/io/atomic_file.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;

fs::path made(const std::string& folder) {
  fs::create_directories(folder);
  return folder;
}

}  // namespace

AnnotationSet pictures_as_set(const std::vector<std::string>& files, const std::vector<Category>& categories) {
  AnnotationSet set;
  set.categories = categories;
  ImageReader reader;
  for (const std::string& file : files) {
    reader.open(file);
    ImageRecord image;
    image.id = static_cast<std::int64_t>(set.images.size()) + 1;
    image.height = reader.height();
    image.width = reader.width();
    image.file_name = file;
    set.images.push_back(std::move(image));
  }
  return set;
}

InstancePrediction::InstancePrediction(const AnnotationSet& pictures, const PredictRequest& request)
    : pictures_(pictures),
      request_(request),
      writer_(made(request.output_folder) / "detections.json", pictures.categories) {}

void InstancePrediction::add(std::int64_t picture, const Detections& detections) {
  const ImageRecord& image = pictures_.images[static_cast<std::size_t>(picture)];
  const std::vector<DetectionRecord> records = to_records(detections);
  writer_.add(image.key(), records);
  std::vector<DrawnInstance> drawn;
  for (const DetectionRecord& record : records) {
    if (record.score < request_.min_score) continue;
    const std::string& name = pictures_.categories[static_cast<std::size_t>(record.class_index)].name;
    drawn.push_back({record.class_index, name, record.score, record.box, record.mask});
  }
  ImageReader reader;
  reader.open(image.file_name);
  const std::string overlay = overlay_name(image);
  write_image((fs::path(request_.output_folder) / overlay).string(), draw_instances(reader.decode(), drawn));
  index_ += fmt::format("{},{},{},{}\n", image.id, csv_field(image.file_name), csv_field(overlay), drawn.size());
}

void InstancePrediction::finish() {
  writer_.finish();
  write_file_atomically(fs::path(request_.output_folder) / "pictures.csv", {index_});
}

/// <name>.png, or <name>_2.png and so on where earlier pictures have the name.
std::string InstancePrediction::overlay_name(const ImageRecord& image) {
  const std::string stem = fs::path(image.file_name).stem().string();
  std::string name = stem;
  for (int copy = 2; !names_.insert(name).second; ++copy) name = fmt::format("{}_{}", stem, copy);
  return name + ".png";
}

}  // namespace longtail
