#include "core/evaluation/results_writer.h"

#include <iterator>
#include <string>

#include <fmt/format.h>

namespace longtail {
namespace {

/// The alphabet of compressed RLE holds one character that JSON escapes.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') out += '\\';
    out += c;
  }
  return out;
}

void append_entry(std::string& out, const std::string& image_id, const std::string& category_id,
                  const DetectionRecord& detection) {
  fmt::format_to(std::back_inserter(out), "{{\"image_id\":{},\"category_id\":{},\"score\":{}", image_id, category_id,
                 detection.score);
  if (detection.has_box) {
    const BoxXywh& box = detection.box;
    fmt::format_to(std::back_inserter(out), ",\"bbox\":[{},{},{},{}]", box.x, box.y, box.w, box.h);
  }
  if (!detection.mask.counts.empty()) {
    fmt::format_to(std::back_inserter(out), ",\"segmentation\":{{\"size\":[{},{}],\"counts\":\"{}\"}}",
                   detection.mask.height, detection.mask.width, escaped(rle_to_string(detection.mask)));
  }
  out += '}';
}

}  // namespace

ResultsWriter::ResultsWriter(const std::filesystem::path& path, const std::vector<Category>& categories)
    : file_(path, FileSystem::system(), Links::refuse), categories_(categories) {
  file_.append("[");
}

void ResultsWriter::add(const AnnotationId& image_id, const std::vector<DetectionRecord>& detections) {
  const std::string image = to_json(image_id);
  std::string text;
  for (const DetectionRecord& detection : detections) {
    text += empty_ ? "\n" : ",\n";
    empty_ = false;
    const Category& category = categories_.at(static_cast<std::size_t>(detection.class_index));
    append_entry(text, image, to_json(category.key()), detection);
  }
  file_.append(text);
}

void ResultsWriter::finish() {
  file_.append("\n]\n");
  file_.commit();
}

}  // namespace longtail
