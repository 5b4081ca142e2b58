#include "core/engine/instance_prediction.h"

#include <filesystem>

#include <fmt/format.h>

#include "core/data/draw_instances.h"
#include "core/data/image.h"
#include "core/engine/instance_evaluation.h"

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
    : pictures_(pictures), request_(request), writer_(made(request.output_folder) / "detections.json", pictures.categories) {}

void InstancePrediction::add(std::int64_t picture, const Detections& detections) {
  const ImageRecord& image = pictures_.images[static_cast<std::size_t>(picture)];
  const std::vector<DetectionRecord> records = to_records(detections);
  writer_.add(image.id, records);
  std::vector<DrawnInstance> drawn;
  for (const DetectionRecord& record : records) {
    if (record.score < request_.min_score) continue;
    const std::string& name = pictures_.categories[static_cast<std::size_t>(record.class_index)].name;
    drawn.push_back({record.class_index, name, record.score, record.box, record.mask});
  }
  ImageReader reader;
  reader.open(image.file_name);
  write_image(overlay_path(image), draw_instances(reader.decode(), drawn));
}

/// <name>.png, or <id>_<name>.png where an earlier picture from another folder has the name.
std::string InstancePrediction::overlay_path(const ImageRecord& image) {
  const std::string stem = fs::path(image.file_name).stem().string();
  const bool fresh = names_.insert(stem).second;
  const std::string name = fresh ? stem : fmt::format("{}_{}", image.id, stem);
  return (fs::path(request_.output_folder) / (name + ".png")).string();
}

}  // namespace longtail
