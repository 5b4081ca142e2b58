#include "core/evaluation/ground_truth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <longtail/error.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "core/evaluation/results_file.h"
#include "core/evaluation/results_writer.h"
#include "tests/support/annotation_builder.h"
#include "tests/support/temporary_folder.h"

namespace longtail {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Protocol = DetectionEvaluatorOptions::Protocol;

/// Two classes and two images in LVIS's format, a cat on the first.
json lvis() {
  return json::parse(R"({
  "categories": [{"id": 1, "name": "cat", "frequency": "r"}, {"id": 2, "name": "dog", "frequency": "f"}],
  "images": [{"id": 1, "width": 30, "height": 20, "neg_category_ids": [2], "not_exhaustive_category_ids": []},
             {"id": 2, "width": 30, "height": 20, "neg_category_ids": [], "not_exhaustive_category_ids": []}],
  "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "area": 50, "bbox": [2, 3, 10, 5],
                   "segmentation": [[2, 3, 12, 3, 12, 8, 2, 8]]}]})");
}

class GroundTruth : public ::testing::Test {
 protected:
  struct Chosen {
    DetectionEvaluatorOptions options;
    std::vector<std::string> warnings;
  };
  AnnotationSet read(const json& all) { return read_annotations(folder_.write("a.json", all.dump()).string()); }
  Chosen choose(const json& all, const std::string& protocol = "auto") {
    const AnnotationSet set = read(all);
    Chosen chosen;
    choose_protocol(set, protocol, "a.json", "--protocol coco", chosen.options);
    chosen.warnings = ground_truth_warnings(set, "a.json", chosen.options);
    return chosen;
  }

  test::TemporaryFolder folder_;
};

TEST_F(GroundTruth, ProtocolsAreChosenWithTheirReason) {
  const Chosen plain = choose(lvis());
  EXPECT_EQ(plain.options.protocol, Protocol::lvis);
  EXPECT_EQ(plain.options.protocol_reason, "frequencies and neg_category_ids");
  EXPECT_THAT(plain.warnings, IsEmpty());
  const Chosen asked = choose(lvis(), "coco");
  EXPECT_EQ(asked.options.protocol, Protocol::coco);
  EXPECT_EQ(asked.options.protocol_reason, "asked for");
  EXPECT_THAT(asked.warnings, IsEmpty());
  json coco = lvis();
  for (json& category : coco["categories"]) category.erase("frequency");
  for (json& image : coco["images"]) image.erase("neg_category_ids");
  EXPECT_EQ(choose(coco).options.protocol, Protocol::coco);
  EXPECT_THAT(choose(coco).warnings, IsEmpty());
  EXPECT_THROW(choose(coco, "lvis"), DataError);
}

TEST_F(GroundTruth, ACategoryWithoutFrequencyChangesNoProtocolAndIsNamed) {
  json all = lvis();
  all["categories"][1].erase("frequency");
  const Chosen chosen = choose(all);
  EXPECT_EQ(chosen.options.protocol, Protocol::lvis);
  EXPECT_THAT(chosen.warnings, ElementsAre("a.json: category 2 'dog' has no 'frequency': evaluated by LVIS's protocol "
                                           "all the same, in none of APr, APc and APf"));
}

TEST_F(GroundTruth, ImagesWithoutNegativesAreNamed) {
  json all = lvis();
  all["images"][1].erase("neg_category_ids");
  all["images"][1]["not_exhaustive_category_ids"] = nullptr;
  const Chosen chosen = choose(all);
  EXPECT_EQ(chosen.options.protocol, Protocol::lvis);
  ASSERT_THAT(chosen.warnings, SizeIs(2));
  EXPECT_THAT(chosen.warnings[0], HasSubstr("a.json: image 2 has no 'neg_category_ids': taken as none"));
  EXPECT_THAT(chosen.warnings[1], HasSubstr("image 2 has no 'not_exhaustive_category_ids'"));
}

TEST_F(GroundTruth, HalfOfLvisIsNeverTakenForCocoSilently) {
  json no_frequency = lvis();
  for (json& category : no_frequency["categories"]) category.erase("frequency");
  Chosen chosen = choose(no_frequency);
  EXPECT_EQ(chosen.options.protocol, Protocol::coco);
  EXPECT_EQ(chosen.options.protocol_reason, "no category has a frequency");
  ASSERT_THAT(chosen.warnings, SizeIs(1));
  EXPECT_THAT(chosen.warnings[0],
              HasSubstr("but category 1 'cat' and 1 other of 2 have no 'frequency': evaluated by COCO's"));
  json no_negatives = lvis();
  for (json& image : no_negatives["images"]) image.erase("neg_category_ids");
  chosen = choose(no_negatives);
  EXPECT_EQ(chosen.options.protocol, Protocol::coco);
  ASSERT_THAT(chosen.warnings, SizeIs(1));
  EXPECT_THAT(chosen.warnings[0],
              HasSubstr("categories have frequencies, but image 1 and 1 other of 2 have no 'neg_category_ids'"));
}

TEST_F(GroundTruth, WhatWasComputedOrIsMissingIsSaidOnce) {
  json all = lvis();
  all["annotations"][0].erase("area");
  all["annotations"].push_back({{"id", 0}, {"image_id", 2}, {"category_id", 1}, {"bbox", {0, 0, 5, 5}}});
  const Chosen chosen = choose(all);
  ASSERT_THAT(chosen.warnings, SizeIs(3));
  EXPECT_EQ(chosen.warnings[0],
            "a.json: 2 of 2 objects have no 'area', the first is annotations[0]: computed from the outline or the box");
  EXPECT_EQ(chosen.warnings[1], "a.json: 1 of 2 objects has no outline: for segm each is missed");
  EXPECT_THAT(chosen.warnings[2], HasSubstr("an annotation has the id 0: it counts here like any other"));
}

TEST_F(GroundTruth, AnnotationsWithoutObjectsAreNamed) {
  json all = lvis();
  all["annotations"] = json::array();
  EXPECT_THAT(choose(all).warnings, ElementsAre("a.json: has no objects: every AP is undefined (-1)"));
}

/// 5 training images with cats, 11 with dogs, and a crowd of cats that does not count.
AnnotationSet training() {
  testing::AnnotationBuilder builder;
  builder.category(1, "cat").category(2, "dog");
  for (int i = 0; i < 11; ++i) {
    builder.image(i, 30, 20).object(1, {0, 0, 5, 5}).object(1, {5, 5, 5, 5});
    if (i < 5) builder.object(0, {0, 0, 5, 5});
    if (i == 7) builder.object(0, {0, 0, 5, 5}, true);
  }
  return builder.set();
}

TEST_F(GroundTruth, ClassesAreGroupedByTheTrainingSetWithBothProtocols) {
  json all = lvis();
  for (json& category : all["categories"]) category.erase("frequency");
  for (json& image : all["images"]) image.erase("neg_category_ids");
  all["annotations"].push_back({{"id", 2}, {"image_id", 2}, {"category_id", 2}, {"area", 25}, {"bbox", {0, 0, 5, 5}}});
  const AnnotationSet set = read(all);
  DetectionEvaluatorOptions options;
  options.segm = false;
  choose_protocol(set, "auto", "a.json", "", options);
  EXPECT_EQ(DetectionEvaluator(set, options).metrics().at("bbox").size(), 12U) << "without counts as pycocotools";
  EXPECT_EQ(DetectionEvaluator(set, options).facts().count("frequency_source"), 0U);
  EXPECT_THAT(DetectionEvaluator(set, options).per_class_csv(), HasSubstr("\n1,cat,,,,0,coco,"));
  std::int64_t missing = 0;
  options.training = count_training(set, training(), "train.json", {10, 100}, missing);
  EXPECT_EQ(missing, 0);
  EXPECT_THAT(options.training.images, ElementsAre(5, 11));
  EXPECT_THAT(options.training.objects, ElementsAre(5, 22));
  DetectionEvaluator evaluator(set, options);
  DetectionRecord dog;
  dog.class_index = 1;
  dog.score = 1;
  dog.box = {0, 0, 5, 5};
  evaluator.add(1, {dog});
  const auto metrics = evaluator.metrics().at("bbox");
  EXPECT_DOUBLE_EQ(metrics.at("APr"), 0);    // cats
  EXPECT_NEAR(metrics.at("APc"), 1, 1e-12);  // dogs
  EXPECT_DOUBLE_EQ(metrics.at("APf"), -1);
  EXPECT_EQ(evaluator.metric_names().size(), 15U);
  EXPECT_EQ(evaluator.facts().at("frequency_source"),
            "training images in train.json: r up to 10, c up to 100, f above");
  EXPECT_THAT(evaluator.per_class_csv(), HasSubstr("\n1,cat,r,5,5,0,coco,no frequencies and no neg_category_ids\n"));
  EXPECT_THAT(evaluator.per_class_csv(), HasSubstr("\n2,dog,c,11,22,"));
  options.training.bounds = {3, 8};
  const DetectionEvaluator narrow(set, options);
  EXPECT_DOUBLE_EQ(narrow.metrics().at("bbox").at("APr"), -1);
  EXPECT_DOUBLE_EQ(narrow.metrics().at("bbox").at("APc"), 0);
  EXPECT_DOUBLE_EQ(narrow.metrics().at("bbox").at("APf"), 0);
}

TEST_F(GroundTruth, TheFrequenciesOfLvisStay) {
  const AnnotationSet set = read(lvis());
  DetectionEvaluatorOptions options;
  std::int64_t missing = 0;
  options.training = count_training(set, training(), "train.json", {}, missing);
  const DetectionEvaluator evaluator(set, options);
  EXPECT_EQ(evaluator.facts().at("frequency_source"), "the annotations");
  EXPECT_THAT(evaluator.per_class_csv(), HasSubstr("\n2,dog,f,11,22,"));
  json half = lvis();
  half["categories"][1].erase("frequency");
  const AnnotationSet without = read(half);
  EXPECT_THAT(DetectionEvaluator(without, options).per_class_csv(), HasSubstr("\n2,dog,c,11,22,"));
}

TEST_F(GroundTruth, TrainingSetsOfOtherClassesAreNamed) {
  json all = lvis();
  all["categories"].push_back({{"id", 9}, {"name", "eel"}});
  std::int64_t missing = 0;
  EXPECT_THAT(count_training(read(all), training(), "t.json", {}, missing).images, ElementsAre(5, 11, 0));
  EXPECT_EQ(missing, 1);
  all["categories"][0]["name"] = "bird";
  try {
    count_training(read(all), training(), "t.json", {}, missing);
    FAIL();
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), HasSubstr("t.json: category 1 is 'cat', but 'bird' in the annotations"));
  }
}

// A file without names has the ids in their place, which are no other names.
TEST_F(GroundTruth, ACategoryWithoutANameFitsAnyName) {
  json all = lvis();
  all["categories"][0].erase("name");
  std::int64_t missing = 0;
  EXPECT_THAT(count_training(read(all), training(), "t.json", {}, missing).images, ElementsAre(5, 11));
  EXPECT_EQ(missing, 0);
  AnnotationSet unnamed = training();
  unnamed.categories[1].name = "2";
  unnamed.categories[1].named = false;
  EXPECT_THAT(count_training(read(lvis()), unnamed, "t.json", {}, missing).images, ElementsAre(5, 11));
  all["categories"][1]["name"] = "bird";
  EXPECT_THROW(count_training(read(all), training(), "t.json", {}, missing), DataError);
}

/// The sets and results of a file whose every id is a text.
TEST_F(GroundTruth, TextIdsComeBackAsTheyCame) {
  json all = lvis();
  const auto text = [](json& id) { id = "id, " + std::to_string(id.get<int>()); };
  for (json& category : all["categories"]) text(category["id"]);
  for (json& image : all["images"]) {
    text(image["id"]);
    for (json& id : image["neg_category_ids"]) text(id);
  }
  for (json& object : all["annotations"]) {
    for (const char* key : {"id", "image_id", "category_id"}) text(object[key]);
  }
  const AnnotationSet set = read(all);
  const std::string results =
      R"([{"image_id": "id, 1", "category_id": "id, 1", "score": 1, "bbox": [2, 3, 10, 5]},
          {"image_id": "id\u002c 2", "category_id": "id, 2", "score": 1, "bbox": [2, 3, 10, 5]}])";
  const ResultsFile file(folder_.write("r.json", results).string(), set);
  EXPECT_THAT(file.images(), ElementsAre(0, 1));
  EXPECT_EQ(file.read(0).at(0).class_index, 0);
  EXPECT_EQ(file.read(1).at(0).class_index, 1);
  DetectionEvaluator evaluator(set, {});
  add_results(file, evaluator, 1);
  EXPECT_NEAR(evaluator.metrics().at("bbox").at("AP"), 1, 1e-12);
  EXPECT_THAT(evaluator.per_class_csv(), HasSubstr("\n\"id, 1\",cat,r,"));
  ResultsWriter writer(folder_ / "out.json", set.categories);
  writer.add(set.images[0].key(), file.read(0));
  writer.finish();
  std::ifstream stream(folder_ / "out.json");
  const json written = json::parse(stream);
  EXPECT_EQ(written[0]["image_id"], "id, 1");
  EXPECT_EQ(written[0]["category_id"], "id, 1");
}

TEST_F(GroundTruth, DetectionsAreNotWrittenThroughALink) {
  const AnnotationSet set = read(lvis());
  const std::filesystem::path precious = folder_.write("precious", "data");
  std::filesystem::create_symlink(precious, folder_ / "out.json");
  EXPECT_THROW(ResultsWriter(folder_ / "out.json", set.categories), Error);
  EXPECT_EQ(std::filesystem::file_size(precious), 4u);
}

TEST_F(GroundTruth, DetectionsOfImagesWithoutSizeAreComparedByBox) {
  json all = lvis();
  for (json& image : all["images"]) {
    image.erase("width");
    image.erase("height");
  }
  const AnnotationSet set = read(all);
  const std::string mask = R"("segmentation": {"size": [20, 30], "counts": [600]})";
  const ResultsFile file(
      folder_.write("r.json", R"([{"image_id": 1, "category_id": 1, "score": 1, "bbox": [2, 3, 10, 5], )" + mask + "}]")
          .string(),
      set);
  DetectionEvaluatorOptions options;
  options.segm = false;
  DetectionEvaluator evaluator(set, options);
  add_results(file, evaluator, 1);
  EXPECT_NEAR(evaluator.metrics().at("bbox").at("AP"), 1, 1e-12);
}

}  // namespace
}  // namespace longtail
