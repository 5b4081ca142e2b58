// What loading costs beside the network: mask targets at RoIs, and the pass that normalises, mirrors, pads and turns
// rows of pixels into planes. One thread.

#include <benchmark/benchmark.h>
#include <longtail/rng.h>

#include <cmath>
#include <vector>

#include "core/annotations/instance_masks.h"
#include "core/data/normalizer.h"

namespace longtail {
namespace {

constexpr int kObjects = 16, kRois = 128;

/// Objects with an outline of 80 corners, about 120 pixels large, in a picture of 1067 x 800.
AnnotationSet outlines() {
  AnnotationSet set;
  set.categories.resize(1);
  set.images.resize(1);
  set.images[0].width = 1067;
  set.images[0].height = 800;
  set.images[0].num_objects = kObjects;
  Rng rng(1);
  for (int i = 0; i < kObjects; ++i) {
    const double x = rng.uniform(150, 900), y = rng.uniform(150, 650);
    ObjectRecord object;
    object.segmentation = {SegmentationRef::Form::polygons, i, i + 1};
    for (int k = 0; k < 80; ++k) {
      const double radius = 60 * rng.uniform(0.8, 1.2), angle = 6.283185307 * k / 80;
      set.coordinates.push_back(x + radius * std::cos(angle));
      set.coordinates.push_back(y + radius * std::sin(angle));
    }
    set.polygon_ends.push_back(static_cast<std::int64_t>(set.coordinates.size()));
    set.objects.push_back(object);
  }
  return set;
}

AnnotationSet run_lengths(const AnnotationSet& polygons) {
  AnnotationSet set = polygons;
  for (ObjectRecord& object : set.objects) {
    const Rle mask = polygons.mask(&object - set.objects.data());
    object.segmentation = {SegmentationRef::Form::rle, static_cast<std::int64_t>(set.rle_counts.size()), 0};
    set.rle_counts.insert(set.rle_counts.end(), mask.counts.begin(), mask.counts.end());
    object.segmentation.end = static_cast<std::int64_t>(set.rle_counts.size());
  }
  return set;
}

void mask_targets(benchmark::State& state, bool polygons) {
  const AnnotationSet set = polygons ? outlines() : run_lengths(outlines());
  std::vector<std::int64_t> all;
  for (int i = 0; i < kObjects; ++i) all.push_back(i);
  const InstanceMasks masks(set, all, 1, 1, false, 1067);
  Rng rng(2);
  std::vector<float> boxes;
  for (int i = 0; i < kRois; ++i) {
    const std::size_t object = static_cast<std::size_t>(i) % kObjects;
    const double* const point = outlines().coordinates.data() + object * 160;
    const float x = static_cast<float>(point[0] - 60 + rng.uniform(-15, 15));
    const float y = static_cast<float>(point[1] + rng.uniform(-15, 15));
    boxes.insert(boxes.end(), {x - 65, y - 60, x + 60, y + 65});
  }
  std::vector<float> out(28 * 28);
  for (auto _ : state) {
    for (int i = 0; i < kRois; ++i) masks.rasterize(i % kObjects, boxes.data() + 4 * i, 28, out.data());
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK_CAPTURE(mask_targets, polygons_128_rois_28x28, true)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(mask_targets, run_lengths_128_rois_28x28, false)->Unit(benchmark::kMillisecond);

void to_planes(benchmark::State& state) {
  const Normalizer normalizer({0.485, 0.456, 0.406}, {0.229, 0.224, 0.225});
  Image image;
  image.resize(800, 1067);
  std::vector<float> out(3 * 800 * 1088);
  for (auto _ : state) {
    normalizer.place(image, state.range(0) != 0, 800, 1088, out.data());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(to_planes)->Name("to_planes_1067x800/mirrored")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace longtail

BENCHMARK_MAIN();
