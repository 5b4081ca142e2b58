#include "core/annotations/outlines.h"

#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>
#include <cmath>

#include "core/annotations/json_fields.h"
#include "registry/text/counted.h"

namespace longtail {
namespace {

constexpr std::size_t kLeastNumbers = 6;  // three points

constexpr double kMostPixels = 4294967295.0;  // that run lengths can count

/// Height and width of a mask: the image's.
void read_size(const JsonFields& fields, std::int32_t& height, std::int32_t& width) {
  double size[2];
  read_numbers(fields.list("size"), "size", 2, size);
  if (height == 0 && size[0] >= 1 && size[1] >= 1 && size[0] * size[1] <= kMostPixels) {
    height = static_cast<std::int32_t>(std::min<double>(size[0], INT32_MAX));
    width = static_cast<std::int32_t>(std::min<double>(size[1], INT32_MAX));
  }
  if (size[0] == height && size[1] == width) return;
  throw BrokenElement(
      fmt::format("its mask is {} x {} (height x width), but the image is {} x {}", size[0], size[1], height, width));
}

void read_counts(simdjson::dom::array counts, Rle& rle) {
  const std::int64_t pixels = std::int64_t{rle.height} * rle.width;
  std::int64_t total = 0;
  for (const simdjson::dom::element value : counts) {
    std::int64_t count = 0;
    if (!read_whole(value, count) || count < 0 || count > pixels) {
      throw BrokenElement("'counts' holds something other than run lengths");
    }
    total += count;
    rle.counts.push_back(static_cast<std::uint32_t>(count));
    if (total > pixels) break;
  }
  if (total != pixels) {
    throw BrokenElement(fmt::format("its run lengths make {}{}, but the image has {}",
                                    total > pixels ? "more than " : "", counted(std::min(total, pixels), "pixel"),
                                    pixels));
  }
}

[[noreturn]] void no_coordinate(simdjson::dom::element value, std::size_t number) {
  const std::string what = unreadable_number(value);
  throw BrokenElement(
      fmt::format("polygon {} holds {}", number, what.empty() ? "something other than coordinates" : what));
}

}  // namespace

SegmentationRef Outlines::add(simdjson::dom::element value, std::int32_t height, std::int32_t width,
                              std::vector<std::string>* broken) {
  const std::size_t coordinates_before = coordinates.size(), polygons_before = polygon_ends.size();
  try {
    return add_either(value, height, width, broken);
  } catch (const BrokenElement& error) {
    coordinates.resize(coordinates_before);
    polygon_ends.resize(polygons_before);
    if (broken == nullptr) throw;
    broken->emplace_back(error.what());
    return {};
  }
}

SegmentationRef Outlines::add_either(simdjson::dom::element value, std::int32_t height, std::int32_t width,
                                     std::vector<std::string>* broken) {
  if (value.is_object()) return add_rle(read_rle(value, height, width));
  simdjson::dom::array polygons;
  if (value.get(polygons) != simdjson::SUCCESS) {
    throw BrokenElement("'segmentation' is neither polygons [[x, y, ...], ...] nor run lengths {size, counts}");
  }
  return add_polygons(polygons, broken);
}

SegmentationRef Outlines::add_polygons(simdjson::dom::array polygons, std::vector<std::string>* broken) {
  SegmentationRef ref;
  ref.begin = static_cast<std::int64_t>(polygon_ends.size());
  std::size_t number = 0;
  for (const simdjson::dom::element polygon : polygons) {
    const std::size_t before = coordinates.size();
    // One list of numbers is one broken outline, not as many broken polygons.
    if (++number == 1 && (polygon.is_number() || !unreadable_number(polygon).empty())) broken = nullptr;
    try {
      add_polygon(polygon, number);
    } catch (const BrokenElement& error) {
      if (broken == nullptr) throw;
      coordinates.resize(before);
      broken->emplace_back(error.what());
    }
  }
  ref.end = static_cast<std::int64_t>(polygon_ends.size());
  ref.form = ref.end > ref.begin ? SegmentationRef::Form::polygons : SegmentationRef::Form::none;
  return ref;
}

void Outlines::add_polygon(simdjson::dom::element polygon, std::size_t number) {
  simdjson::dom::array values;
  if (polygon.get(values) != simdjson::SUCCESS) {
    throw BrokenElement(fmt::format("polygon {} is not a list [x, y, ...]", number));
  }
  const std::size_t before = coordinates.size();
  for (const simdjson::dom::element value : values) {
    double coordinate = 0;
    if (value.get(coordinate) != simdjson::SUCCESS) no_coordinate(value, number);
    if (std::fabs(coordinate) > kMaxPolygonCoordinate) {
      throw BrokenElement(fmt::format("polygon {} holds something other than coordinates: {}", number, coordinate));
    }
    coordinates.push_back(coordinate);
  }
  const std::size_t added = coordinates.size() - before;
  if (added == 0) return;
  if (added % 2 != 0) throw BrokenElement(fmt::format("polygon {} has an odd number of coordinates", number));
  if (added < kLeastNumbers) {
    throw BrokenElement(fmt::format("polygon {} has {}; it takes three", number, counted(added / 2, "point")));
  }
  polygon_ends.push_back(static_cast<std::int64_t>(coordinates.size()));
}

SegmentationRef Outlines::add_rle(const Rle& rle) {
  SegmentationRef ref{SegmentationRef::Form::rle, static_cast<std::int64_t>(rle_counts.size()), 0};
  rle_counts.insert(rle_counts.end(), rle.counts.begin(), rle.counts.end());
  ref.end = static_cast<std::int64_t>(rle_counts.size());
  return ref;
}

Rle read_rle(simdjson::dom::element value, std::int32_t height, std::int32_t width) {
  const JsonFields fields(value);
  read_size(fields, height, width);
  if (fields.value("counts").is_string()) {
    try {
      return rle_from_string(fields.text("counts"), height, width);
    } catch (const DataError& error) {
      throw BrokenElement(error.what());
    }
  }
  Rle rle{height, width, {}};
  read_counts(fields.list("counts"), rle);
  return rle;
}

void Outlines::clear() {
  coordinates.clear();
  polygon_ends.clear();
  rle_counts.clear();
}

Rle mask_of(const SegmentationRef& ref, const std::vector<double>& coordinates,
            const std::vector<std::int64_t>& polygon_ends, const std::vector<std::uint32_t>& rle_counts,
            std::int32_t height, std::int32_t width) {
  if (ref.form == SegmentationRef::Form::rle) {
    return {height, width, {rle_counts.begin() + ref.begin, rle_counts.begin() + ref.end}};
  }
  if (ref.form == SegmentationRef::Form::none) {
    return {height, width, {static_cast<std::uint32_t>(std::int64_t{height} * width)}};
  }
  std::vector<Rle> parts;
  for (std::int64_t polygon = ref.begin; polygon < ref.end; ++polygon) {
    const std::int64_t first = polygon == 0 ? 0 : polygon_ends[static_cast<std::size_t>(polygon - 1)];
    const std::int64_t last = polygon_ends[static_cast<std::size_t>(polygon)];
    parts.push_back(
        rle_from_polygon(coordinates.data() + first, static_cast<std::size_t>(last - first) / 2, height, width));
  }
  return rle_merge(parts);
}

}  // namespace longtail
