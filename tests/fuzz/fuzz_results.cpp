#include <longtail/error.h>

#include "core/evaluation/results_file.h"
#include "tests/fuzz/memory_file.h"
#include "tests/support/annotation_builder.h"

namespace {

longtail::AnnotationSet ground_truth() {
  longtail::testing::AnnotationBuilder builder;
  builder.category(1, "cat").category(2, "dog");
  builder.image(1, 40, 30).object(0, {5, 5, 20, 20}).polygons({{5, 5, 25, 5, 25, 25, 5, 25}});
  builder.image(2, 7, 9).object(1, {0, 0, 7, 9}, true).rle({0, 63});
  return builder.set();
}

}  // namespace

/// Any bytes are evaluated, or refused with a DataError, by both protocols.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using Protocol = longtail::DetectionEvaluatorOptions::Protocol;
  static const longtail::AnnotationSet set = ground_truth();
  const longtail::test::MemoryFile file(data, size);
  for (const auto protocol : {Protocol::lvis, Protocol::coco}) {
    longtail::DetectionEvaluatorOptions options;
    options.protocol = protocol;
    options.threads = 1;
    try {
      longtail::DetectionEvaluator evaluator(set, options);
      longtail::add_results(longtail::ResultsFile(file.path(), set), evaluator, 1);
      evaluator.metrics();
    } catch (const longtail::DataError&) {
    }
  }
  return 0;
}
