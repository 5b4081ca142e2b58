#include "core/evaluation/results_file.h"

#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cmath>
#include <mutex>
#include <optional>

#include "core/annotations/id_index.h"
#include "core/annotations/json_elements.h"
#include "core/annotations/json_fields.h"
#include "core/annotations/json_scanner.h"
#include "core/annotations/outlines.h"
#include "core/system/workers.h"

namespace longtail {
namespace {

/// Neighbouring detections of one image.
struct Run {
  JsonPiece piece;
  std::int64_t image = 0;
};

struct PieceIndex {
  std::vector<Run> runs;
  bool masks = false;
};

constexpr const char* kWhatResultsAre =
    "results are a list [{\"image_id\": ..., \"category_id\": ..., \"score\": ..., \"bbox\" and/or \"segmentation\": "
    "...}, "
    "...]";

/// A detection's image id as the bytes show it, without parsing the rest, which is done when the image is read. None
/// where they do not show it plainly: the parser then says what is wrong.
std::optional<AnnotationId> image_id_at(const JsonScanner& scanner, std::string_view bytes, std::size_t detection) {
  const std::size_t begin = scanner.find_member(detection, "image_id");
  const std::size_t end = scanner.skip_value(begin);
  if (scanner[begin] == '"') {
    if (end < begin + 3 || bytes[end - 1] != '"') return std::nullopt;
    const std::string_view text = bytes.substr(begin + 1, end - begin - 2);
    if (text.find('\\') != std::string_view::npos) return std::nullopt;
    return AnnotationId(text);
  }
  std::int64_t id = 0;
  const auto [last, error] = std::from_chars(bytes.data() + begin, bytes.data() + end, id);
  if (error != std::errc() || last != bytes.data() + end) return std::nullopt;
  return AnnotationId(id);
}

/// Whether the detection that begins there has a mask: null is none.
bool shows_mask(const JsonScanner& scanner, std::size_t detection) {
  const std::size_t at = scanner.find_member(detection, "segmentation");
  return !scanner.at_end(at) && scanner[at] != 'n';
}

// COCO's tools take an empty list for none.
bool has_box(const JsonFields& fields) { return fields.has("bbox") && fields.list("bbox").size() > 0; }

Rle read_mask(simdjson::dom::element value, const ImageRecord& image) {
  if (image.height == 0) throw BrokenElement("needs its mask, but the annotations tell no size of its image");
  if (value.is_object()) return read_rle(value, image.height, image.width);
  Outlines outlines;
  const SegmentationRef ref = outlines.add(value, image.height, image.width);
  if (ref.form == SegmentationRef::Form::none) return {};
  return mask_of(ref, outlines.coordinates, outlines.polygon_ends, outlines.rle_counts, image.height, image.width);
}

/// A box that stands for its mask is filled like a polygon.
void check_extent(const BoxXywh& box) {
  for (const double value : {box.x, box.y, box.x + box.w, box.y + box.h}) {
    if (std::abs(value) <= kMaxPolygonCoordinate) continue;
    throw BrokenElement(fmt::format("its box reaches {} pixels, too far out to be filled as a mask", value));
  }
}

DetectionRecord read_detection(const JsonFields& fields, std::int32_t class_index, const ImageRecord& image,
                               bool masks) {
  DetectionRecord detection;
  detection.class_index = class_index;
  detection.score = fields.number("score");
  detection.has_box = has_box(fields);
  if (detection.has_box) {
    double v[4];
    read_numbers(fields.list("bbox"), "bbox", 4, v);
    detection.box = {v[0], v[1], v[2], v[3]};
  }
  if ((masks || !detection.has_box) && fields.has("segmentation")) {
    detection.mask = read_mask(fields.value("segmentation"), image);
  }
  if (masks && detection.has_box && detection.mask.counts.empty()) check_extent(detection.box);
  if (!detection.has_box && detection.mask.counts.empty()) throw BrokenElement("has neither 'bbox' nor 'segmentation'");
  return detection;
}

}  // namespace

struct ResultsFile::Index {
  Index(const std::string& path, const AnnotationSet& ground_truth, BadAnnotation wanted)
      : set(ground_truth),
        file(path),
        array(file.whole(kWhatResultsAre)),
        policy(wanted),
        image_of(set.images),
        class_of(set.categories) {
    const auto pieces = static_cast<std::int64_t>(array.pieces.size());
    const auto workers = static_cast<std::size_t>(workers_for(pieces, 0));
    std::vector<PieceParser> parsers(workers);
    std::vector<PieceIndex> found(workers);
    for_each_in_order(
        pieces, 0,
        [&](std::int64_t i, int worker) {
          const auto w = static_cast<std::size_t>(worker);
          found[w] = index_piece(array.pieces[static_cast<std::size_t>(i)], parsers[w]);
        },
        [&](std::int64_t, int worker) {
          const PieceIndex& piece = found[static_cast<std::size_t>(worker)];
          for (const Run& run : piece.runs) add(run, runs);
          masks = masks || piece.masks;
        });
    std::stable_sort(runs.begin(), runs.end(), [](const Run& a, const Run& b) { return a.image < b.image; });
    for (const Run& run : runs) {
      if (images.empty() || images.back() != run.image) images.push_back(run.image);
    }
  }

  /// Stops at a broken detection, or counts it.
  void note_broken(std::int64_t element, const std::string& what) const {
    if (policy == BadAnnotation::stop) {
      throw DataError(file.place(array, element) + what + "; correct the file, or use --skip-broken");
    }
    const std::lock_guard<std::mutex> lock(mutex);
    if (skipped++ > 0 && element >= first_broken) return;
    first_broken = element;
    what_is_broken = what;
  }

  /// The example is the first in the file, however many threads have read it and in whatever order.
  AnnotationProblems problems() const {
    const std::lock_guard<std::mutex> lock(mutex);
    AnnotationProblems broken;
    broken.skipped = skipped;
    if (skipped > 0) broken.examples.push_back(file.place(array, first_broken) + what_is_broken);
    return broken;
  }

  PieceIndex index_piece(const JsonPiece& piece, PieceParser& parser) const {
    const std::vector<std::size_t> begins = file.begins_of(piece);
    PieceIndex out;
    std::int64_t element = piece.first;
    for (std::size_t i = 0; i < begins.size(); ++i, ++element) {
      const std::size_t end = i + 1 < begins.size() ? begins[i + 1] : piece.end;
      const JsonScanner scanner(file.bytes().substr(0, end));
      out.masks = out.masks || shows_mask(scanner, begins[i]);
      try {
        const std::optional<AnnotationId> shown = image_id_at(scanner, file.bytes(), begins[i]);
        const auto parsed = [&] {
          return image_of_parsed({begins[i], scanner.skip_value(begins[i]), element, 1}, parser);
        };
        const std::int64_t image = shown ? image_at(*shown, element) : parsed();
        add({{begins[i], end, element, 1}, image}, out.runs);
      } catch (const BrokenElement& error) {
        note_broken(element, error.what());
      }
    }
    for (Run& run : out.runs) {
      // Up to the next element there is a comma.
      if (run.piece.end < piece.end) run.piece.end = file.bytes().rfind(',', run.piece.end - 1);
    }
    file.release(piece.begin, piece.end);
    return out;
  }

  std::int64_t image_of_parsed(const JsonPiece& detection, PieceParser& parser) const {
    return image_at(JsonFields(parser.parse(file, array, detection).at(0)).id("image_id"), detection.first);
  }

  std::int64_t image_at(const AnnotationId& id, std::int64_t element) const {
    const std::int32_t found = image_of.find(id);
    if (found >= 0) return found;
    throw DataError(
        fmt::format("{}image_id {} is not one of the annotations' images{}; do the two files belong together?",
                    file.place(array, element), to_json(id), image_of.hint(id)));
  }

  /// -1 for a class that the annotations do not have; ids of another kind than theirs are a mistake in all of them.
  std::int32_t class_at(const AnnotationId& id, std::int64_t element) const {
    const std::int32_t found = class_of.find(id);
    if (found >= 0) return found;
    const std::string_view hint = class_of.hint(id);
    if (hint.empty()) return found;
    throw DataError(
        fmt::format("{}category_id {} is not one of the annotations' categories{}; do the two files belong together?",
                    file.place(array, element), to_json(id), hint));
  }

  static void add(const Run& run, std::vector<Run>& to) {
    const bool follows = !to.empty() && to.back().piece.first + to.back().piece.elements == run.piece.first;
    if (follows && to.back().image == run.image) {
      to.back().piece.end = run.piece.end;
      to.back().piece.elements += run.piece.elements;
    } else {
      to.push_back(run);
    }
  }

  const AnnotationSet& set;
  const JsonFile file;
  const JsonArray& array;
  const BadAnnotation policy;
  const IdIndex image_of, class_of;
  std::vector<Run> runs;  // by image, then as in the file
  std::vector<std::int64_t> images;
  bool masks = false;
  mutable std::atomic<std::int64_t> unknown_categories{0};
  mutable std::mutex mutex;  // guards what follows, about broken detections
  mutable std::int64_t skipped = 0;
  mutable std::int64_t first_broken = 0;
  mutable std::string what_is_broken;  // of that one
};

ResultsFile::ResultsFile(const std::string& path, const AnnotationSet& set, BadAnnotation policy)
    : index_(std::make_unique<Index>(path, set, policy)) {}

ResultsFile::~ResultsFile() = default;

std::int64_t ResultsFile::size() const { return index_->array.elements; }

bool ResultsFile::has_masks() const { return index_->masks; }

std::int64_t ResultsFile::unknown_categories() const { return index_->unknown_categories; }

AnnotationProblems ResultsFile::broken() const { return index_->problems(); }

const std::vector<std::int64_t>& ResultsFile::images() const { return index_->images; }

std::vector<DetectionRecord> ResultsFile::read(std::int64_t image, bool masks) const {
  thread_local PieceParser parser;
  const ImageRecord& record = index_->set.images.at(static_cast<std::size_t>(image));
  std::vector<DetectionRecord> detections;
  auto run = std::lower_bound(index_->runs.begin(), index_->runs.end(), image,
                              [](const Run& r, std::int64_t wanted) { return r.image < wanted; });
  for (; run != index_->runs.end() && run->image == image; ++run) {
    std::int64_t element = run->piece.first;
    for (const simdjson::dom::element value : parser.parse(index_->file, index_->array, run->piece)) {
      try {
        const JsonFields fields(value);
        const std::int32_t class_index = index_->class_at(fields.id("category_id"), element);
        detections.push_back(read_detection(fields, class_index, record, masks));
        if (detections.back().class_index < 0) ++index_->unknown_categories;
      } catch (const BrokenElement& error) {
        index_->note_broken(element, error.what());
      }
      ++element;
    }
    index_->file.release(run->piece.begin, run->piece.end);
  }
  return detections;
}

void add_results(const ResultsFile& results, DetectionEvaluator& evaluator, int threads) {
  const std::vector<std::int64_t>& images = results.images();
  for_each_piece(static_cast<std::int64_t>(images.size()), threads, [&](std::int64_t i, int) {
    const std::int64_t image = images[static_cast<std::size_t>(i)];
    evaluator.add(image, results.read(image, evaluator.needs_masks()));
  });
}

}  // namespace longtail
