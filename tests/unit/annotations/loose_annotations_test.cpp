#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <longtail/error.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/annotations/annotation_set.h"
#include "core/annotations/write_annotations.h"
#include "tests/support/temporary_folder.h"

namespace longtail {
namespace {

using nlohmann::json;
using ::testing::DoubleEq;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// Two images of 30 x 20 with an object each, in LVIS's format; tests change it as tools of people write it.
json plain() {
  return json::parse(R"({
  "categories": [{"id": 3, "name": "cat", "frequency": "r", "image_count": 4, "instance_count": 5},
                 {"id": 7, "name": "dog", "frequency": "f", "image_count": 120, "instance_count": 300}],
  "images": [{"id": 10, "width": 30, "height": 20, "file_name": "a.jpg", "neg_category_ids": [7],
              "not_exhaustive_category_ids": [3]},
             {"id": 20, "width": 30, "height": 20, "file_name": "b.jpg", "neg_category_ids": [],
              "not_exhaustive_category_ids": []}],
  "annotations": [{"id": 1, "image_id": 10, "category_id": 3, "area": 50, "bbox": [2, 3, 10, 5], "iscrowd": 0,
                   "segmentation": [[2, 3, 12, 3, 12, 8, 2, 8]]},
                  {"id": 2, "image_id": 20, "category_id": 7, "area": 12, "bbox": [0, 0, 4, 3], "iscrowd": 1,
                   "segmentation": {"size": [20, 30], "counts": [0, 3, 17, 3, 17, 3, 17, 3, 537]}}]})");
}

class LooseAnnotations : public ::testing::Test {
 protected:
  AnnotationSet read(const json& all, BadAnnotation policy = BadAnnotation::stop) {
    return read_annotations(folder_.write("a.json", all.dump()).string(), policy, &problems_);
  }
  std::string error_of(const json& all, BadAnnotation policy = BadAnnotation::stop) {
    try {
      read(all, policy);
    } catch (const DataError& error) {
      return error.what();
    }
    return "no error";
  }

  test::TemporaryFolder folder_;
  AnnotationProblems problems_;
};

TEST_F(LooseAnnotations, NullForAnOptionalKeyIsAbsence) {
  json all = plain();
  for (const char* key : {"supercategory", "frequency", "image_count", "instance_count", "synset"}) {
    all["categories"][0][key] = nullptr;
  }
  for (const char* key : {"coco_url", "neg_category_ids", "not_exhaustive_category_ids", "license"}) {
    all["images"][0][key] = nullptr;
  }
  for (const char* key : {"iscrowd", "ignore", "area", "segmentation"}) all["annotations"][0][key] = nullptr;
  for (const char* key : {"bbox", "area"}) all["annotations"][1][key] = nullptr;
  const AnnotationSet set = read(all);
  EXPECT_EQ(set.categories[0].frequency, 0);
  EXPECT_EQ(set.categories[0].image_count, 1);  // counted
  EXPECT_FALSE(set.categories[0].counts_told);
  EXPECT_EQ(set.gaps.negatives.first, "10");
  EXPECT_FALSE(set.objects[0].crowd);
  EXPECT_EQ(set.objects[0].area, 50);
  EXPECT_EQ(set.objects[0].segmentation.form, SegmentationRef::Form::none);
  EXPECT_EQ(set.objects[1].area, 12);
  EXPECT_EQ(set.objects[1].box.w, 4);
}

TEST_F(LooseAnnotations, NullForANeededKeyIsNamed) {
  json all = plain();
  all["annotations"][1]["image_id"] = nullptr;
  EXPECT_THAT(error_of(all), HasSubstr("annotations[1]: 'image_id' is null"));
  all = plain();
  all["images"][1]["id"] = nullptr;
  EXPECT_THAT(error_of(all), HasSubstr("images[1]: 'id' is null"));
}

/// Every whole number as pandas writes it.
void as_doubles(json& value) {
  if (value.is_number_integer()) {
    value = value.get<double>();
  } else if (value.is_structured()) {
    for (json& part : value) as_doubles(part);
  }
}

TEST_F(LooseAnnotations, WholeNumbersMayBeWrittenAsDoubles) {
  json all = plain();
  as_doubles(all);
  ASSERT_THAT(all.dump(), HasSubstr("\"id\":10.0"));
  const AnnotationSet set = read(all), as_usual = read(plain());
  EXPECT_EQ(set.images[0].id, 10);
  EXPECT_EQ(set.images[1].width, 30);
  EXPECT_EQ(set.categories[1].id, 7);
  EXPECT_EQ(set.categories[1].image_count, 120);
  EXPECT_THAT(set.images[0].negative_classes, ElementsAre(1));
  EXPECT_THAT(set.images[0].not_exhaustive_classes, ElementsAre(0));
  EXPECT_TRUE(set.objects[1].crowd);
  EXPECT_EQ(set.mask(1).counts, as_usual.mask(1).counts);
  EXPECT_TRUE(set.is_lvis);
}

TEST_F(LooseAnnotations, NumbersThatAreNotWholeAreNamed) {
  json all = plain();
  all["images"][0]["id"] = 10.5;
  EXPECT_THAT(error_of(all), HasSubstr("images[0]: 'id' is not a whole number or a text"));
  all = plain();
  all["images"][0]["width"] = 30.5;
  EXPECT_THAT(error_of(all), HasSubstr("images[0]: 'width' is not a whole number"));
  all = plain();
  all["annotations"][0]["iscrowd"] = 0.5;
  EXPECT_THAT(error_of(all), HasSubstr("'iscrowd' is not 0 or 1"));
}

TEST_F(LooseAnnotations, IdsMayBeTexts) {
  json all = plain();
  all["images"][0]["id"] = "img 1";
  all["annotations"][0]["image_id"] = "img 1";
  all["categories"][1]["id"] = "dog\"s";
  all["annotations"][1]["category_id"] = "dog\"s";
  all["images"][0]["neg_category_ids"] = {"dog\"s"};
  all["annotations"][1]["id"] = "object";
  const AnnotationSet set = read(all);
  ASSERT_THAT(set.images, SizeIs(2));
  EXPECT_EQ(set.images[0].id, 20);  // numbers come before texts
  EXPECT_EQ(set.images[1].text_id, "img 1");
  EXPECT_EQ(set.image_of(std::string("img 1")), 1);
  EXPECT_EQ(set.image_of(20), 0);
  EXPECT_EQ(set.image_of(0), -1);
  EXPECT_EQ(set.class_of(std::string("dog\"s")), 1);
  EXPECT_THAT(set.images[1].negative_classes, ElementsAre(1));
  EXPECT_THAT(set.object_text_ids, ElementsAre("object", ""));
  const json again = json::parse(to_lvis_json(set, {}));
  EXPECT_EQ(again["images"][1]["id"], "img 1");
  EXPECT_EQ(again["images"][1]["neg_category_ids"], json{"dog\"s"});
  EXPECT_EQ(again["categories"][1]["id"], "dog\"s");
  EXPECT_EQ(again["annotations"][0]["id"], "object");
  EXPECT_EQ(again["annotations"][0]["category_id"], "dog\"s");
  EXPECT_EQ(again["annotations"][1]["image_id"], "img 1");
}

TEST_F(LooseAnnotations, TextIdsAreAsUniqueAsNumbers) {
  json all = plain();
  all["annotations"][0]["id"] = all["annotations"][1]["id"] = "x";
  EXPECT_THAT(error_of(all), HasSubstr("annotations[1]: id \"x\" is already that of annotations[0]"));
  all = plain();
  all["images"][0]["id"] = all["images"][1]["id"] = "x";
  EXPECT_THAT(error_of(all), HasSubstr("images[1]: id \"x\" is already that of images[0]"));
  all["images"][1]["id"] = "";
  EXPECT_THAT(error_of(all), HasSubstr("images[1]: 'id' is an empty text"));
}

TEST_F(LooseAnnotations, ANumberIsNotTheTextOfItsDigits) {
  json all = plain();
  all["annotations"][0]["image_id"] = "10";
  EXPECT_THAT(error_of(all), HasSubstr("image_id \"10\" is not one of the images (a text, but those are numbers)"));
}

// A triangle of base 10 and height 5; a square and its neighbour; run lengths; no outline at all.
TEST_F(LooseAnnotations, AreaAndBoxAreComputedWhereMissing) {
  json all = plain();
  const auto outlined = [](int id, const json& outline) {
    return json{{"id", id}, {"image_id", 10}, {"category_id", 3}, {"segmentation", outline}};
  };
  all["annotations"] = {outlined(1, {{2, 3, 12, 3, 2, 8}}),
                        outlined(2, {{0, 0, 2, 0, 2, 2, 0, 2}, {4, 1, 6, 1, 6, 4, 4, 4}}),
                        outlined(3, plain()["annotations"][1]["segmentation"]), outlined(4, nullptr)};
  all["annotations"][3]["bbox"] = {1, 2, 3.5, 4};
  const AnnotationSet set = read(all);
  std::vector<double> areas;
  for (const ObjectRecord& object : set.objects) areas.push_back(object.area);
  EXPECT_THAT(areas, ElementsAre(DoubleEq(25), DoubleEq(10), DoubleEq(12), DoubleEq(14)));
  const auto box = [&](std::size_t i) {
    const BoxXywh& b = set.objects[i].box;
    return std::vector<double>{b.x, b.y, b.w, b.h};
  };
  EXPECT_THAT(box(0), ElementsAre(2, 3, 10, 5));
  EXPECT_THAT(box(1), ElementsAre(0, 0, 6, 4));
  EXPECT_THAT(box(2), ElementsAre(0, 0, 4, 3));
  EXPECT_EQ(set.gaps.area.count, 4);
  EXPECT_EQ(set.gaps.area.first, "annotations[0]");
  EXPECT_EQ(set.gaps.box.count, 3);
  all["annotations"][3].erase("bbox");
  EXPECT_THAT(error_of(all), HasSubstr("annotations[3]: has neither 'bbox' nor 'segmentation'"));
}

json square(double x, double y, double side) { return {x, y, x + side, y, x + side, y + side, x, y + side}; }

json with_outlines(const std::vector<json>& outlines) {
  json all = plain();
  all["annotations"] = json::array();
  for (const json& outline : outlines) {
    all["annotations"].push_back({{"image_id", 10}, {"category_id", 3}, {"segmentation", outline}});
  }
  return all;
}

std::vector<double> areas_in(const AnnotationSet& set) {
  std::vector<double> areas;
  for (const ObjectRecord& object : set.objects) areas.push_back(object.area);
  return areas;
}

// 4 x 4 twice with a corner of 2 x 2 in common; beyond the image's edges, which leave 16 and 9 pixels; the same square
// thrice; a square within another; three in a row of 10 x 4.
TEST_F(LooseAnnotations, WhatPolygonsShareIsCountedOnceInTheArea) {
  const json all = with_outlines(
      {json{square(0, 0, 4), square(2, 2, 4)}, json{square(-2, -2, 4), square(0, 0, 4)},
       json{square(27, 17, 4), square(29, 19, 4)}, json{square(5, 5, 3), square(5, 5, 3), square(5, 5, 3)},
       json{square(0, 0, 10), square(3, 3, 2)}, json{square(6, 0, 4), square(0, 0, 4), square(3, 0, 4)}});
  EXPECT_THAT(areas_in(read(all)),
              ElementsAre(DoubleEq(28), DoubleEq(16), DoubleEq(9), DoubleEq(9), DoubleEq(100), DoubleEq(40)));
}

// Where boxes do not overlap nothing is rounded to pixels: 3.2 x 3.2 and 2 x 2; side by side; beyond the image's edge.
TEST_F(LooseAnnotations, PolygonsApartHaveTheirExactAreas) {
  const json all = with_outlines({json{square(0.5, 0.5, 3.2), square(10, 10, 2)},
                                  json{square(0, 0, 4), square(4, 0, 4)}, json{square(28, 0, 4), square(0, 0, 1)}});
  EXPECT_THAT(areas_in(read(all)), ElementsAre(DoubleNear(14.24, 1e-9), DoubleEq(32), DoubleEq(17)));
}

// Slivers of 0.4 x 10: their mask is a column of pixels, or none between 20 and 20.4, where one's area of 4 is taken.
TEST_F(LooseAnnotations, PolygonsThinnerThanAPixelHaveTheAreaOfTheirMaskOrOfOne) {
  const auto sliver = [](double x) { return json{x, 0, x + 0.4, 0, x + 0.4, 10, x, 10}; };
  const json there = sliver(1.3), none = sliver(20);
  const json all =
      with_outlines({json{there, there, there}, json{there, there, square(5, 5, 10)},
                     json{none, none, square(5, 5, 10)}, json{there, there, square(3, 0, 6), square(4, 1, 2)}});
  EXPECT_THAT(areas_in(read(all)), ElementsAre(DoubleEq(10), DoubleEq(110), DoubleNear(104, 1e-9), DoubleEq(46)));
}

// Each of 65535 x 65534 pixels, a thousand times. The image bounds what is counted, and where its size is not known the
// plain sum is taken.
TEST_F(LooseAnnotations, TheWorkForAnAreaIsBounded) {
  const json huge = {0, 0, 65535, 1, 65535, 65535, 0, 65534};
  json all = with_outlines({json(std::vector<json>(1000, huge)), json{square(0, 0, 4), square(2, 2, 4)}});
  for (const char* side : {"width", "height"}) all["images"][0][side] = 100;
  EXPECT_THAT(areas_in(read(all)), ElementsAre(DoubleEq(10000), DoubleEq(28)));
  for (const char* side : {"width", "height"}) all["images"][0].erase(side);
  EXPECT_THAT(areas_in(read(all)), ElementsAre(DoubleEq(1000 * 65535.0 * 65534.0), DoubleEq(28)));
  const json many = with_outlines({json(std::vector<json>(2500, square(1, 1, 2)))});  // more than can be compared
  EXPECT_THAT(areas_in(read(many)), ElementsAre(DoubleEq(10000)));
  const json wide = {{0, 0, 60000, 0, 60000, 2, 0, 2}, {59999, 0, 70000, 0, 70000, 2, 59999, 2}};  // than any picture
  all["annotations"][0]["segmentation"] = wide;
  EXPECT_THAT(areas_in(read(all)), ElementsAre(DoubleEq(120000 + 20002), DoubleEq(28)));
}

TEST_F(LooseAnnotations, OnlyWhatIsUsedIsNeeded) {
  json all = plain();
  for (json& image : all["images"]) {
    for (const char* key : {"file_name", "width", "height"}) image.erase(key);
  }
  all["categories"][0].erase("name");
  all["annotations"][0].erase("id");
  all["annotations"][0]["bbox"] = {500, 500, 10, 5};
  const AnnotationSet set = read(all);
  EXPECT_EQ(set.categories[0].name, "3");
  EXPECT_EQ(set.objects[0].box.x, 500);
  const auto message = [&](const auto& need) -> std::string {
    try {
      need();
    } catch (const DataError& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(message([&] { require_file_names(set, "a.json"); }), HasSubstr("a.json: image 10 has no file_name"));
  EXPECT_THAT(message([&] { require_sizes(set, "a.json", "training"); }),
              HasSubstr("a.json: image 10 has no width and height, which training needs"));
  all["images"][0]["width"] = 5;
  EXPECT_THAT(error_of(all), HasSubstr("images[0]: has no 'height'"));
}

TEST_F(LooseAnnotations, ABrokenPolygonGoesWithoutItsObject) {
  json all = plain();
  json& outline = all["annotations"][0]["segmentation"];
  outline.push_back({3, 3, 9, 9});
  outline.push_back({0, 0, 4, 0, 4, 4, 0, 4});
  outline.push_back(nullptr);
  EXPECT_THAT(error_of(all), HasSubstr("annotations[0]: polygon 2 has 2 points; it takes three"));
  const AnnotationSet set = read(all, BadAnnotation::skip);
  ASSERT_THAT(set.objects, SizeIs(2));
  EXPECT_EQ(problems_.skipped, 0);
  EXPECT_EQ(problems_.polygons, 2);
  EXPECT_EQ(to_string(problems_), "2 broken polygons");
  problems_.polygons = problems_.skipped = 1;
  EXPECT_EQ(to_string(problems_), "1 broken object and 1 broken polygon");
  EXPECT_EQ(set.objects[0].segmentation.end - set.objects[0].segmentation.begin, 2);
  EXPECT_EQ(set.mask(0).counts,
            rle_merge({rle_from_box({2, 3, 10, 5}, 20, 30), rle_from_box({0, 0, 4, 4}, 20, 30)}).counts);
}

TEST_F(LooseAnnotations, AnObjectStaysEvenWithoutAnyGoodPolygon) {
  json all = plain();
  all["annotations"][0]["segmentation"] = {{3, 3, 9, 9}};
  const AnnotationSet set = read(all, BadAnnotation::skip);
  ASSERT_THAT(set.objects, SizeIs(2));
  EXPECT_EQ(set.objects[0].segmentation.form, SegmentationRef::Form::none);
  EXPECT_EQ(count_without_outline(set), 1);
}

TEST_F(LooseAnnotations, AnOutlineThatIsNoneGoesWithoutItsObject) {
  const std::vector<std::uint32_t> good = read(plain()).mask(1).counts;
  const std::vector<json> outlines = {{3, 3, 9, 9, 3, 9},
                                      {3, 3, "x", 9, 3, 9},
                                      json::object(),
                                      "",
                                      7,
                                      true,
                                      json::array({plain()["annotations"][1]["segmentation"]}),
                                      json::parse(R"({"size": [30, 20], "counts": [600]})")};
  for (const json& outline : outlines) {
    json all = plain();
    all["annotations"][0]["segmentation"] = outline;
    all["annotations"][0].erase("area");
    EXPECT_THAT(error_of(all), HasSubstr("annotations[0]: ")) << outline;
    const AnnotationSet set = read(all, BadAnnotation::skip);
    ASSERT_THAT(set.objects, SizeIs(2)) << outline;
    EXPECT_EQ(set.objects[0].segmentation.form, SegmentationRef::Form::none) << outline;
    EXPECT_EQ(set.objects[0].area, 50) << outline;  // of the box
    EXPECT_EQ(set.mask(1).counts, good) << outline;
    EXPECT_EQ(to_string(problems_), "1 broken polygon") << outline;
    all["annotations"][0].erase("bbox");
    EXPECT_THAT(read(all, BadAnnotation::skip).objects, SizeIs(1)) << outline;
    EXPECT_EQ(to_string(problems_), "1 broken object") << outline;
    ASSERT_THAT(problems_.examples, SizeIs(1));
    EXPECT_THAT(problems_.examples[0], HasSubstr("has neither 'bbox' nor 'segmentation': ")) << outline;
  }
}

// The object has nothing but broken polygons, not even a box: it is one broken object.
TEST_F(LooseAnnotations, ABrokenObjectIsCountedWithoutItsPolygons) {
  json all = plain();
  all["annotations"][0].erase("bbox");
  all["annotations"][0]["segmentation"] = {{3, 3, 9, 9}, {3, 3, 9}};
  EXPECT_THAT(read(all, BadAnnotation::skip).objects, SizeIs(1));
  EXPECT_EQ(problems_.skipped, 1);
  EXPECT_EQ(problems_.polygons, 0);
  ASSERT_THAT(problems_.examples, SizeIs(1));
  EXPECT_THAT(problems_.examples[0], HasSubstr("annotations[0]: has neither 'bbox' nor 'segmentation': polygon 1 has 2 "
                                               "points; it takes three"));
}

TEST_F(LooseAnnotations, APolygonWithoutCoordinatesIsNone) {
  json all = plain();
  all["annotations"][0]["segmentation"] = json::array({json::array()});
  EXPECT_EQ(read(all).objects[0].segmentation.form, SegmentationRef::Form::none);
  all["annotations"][0]["segmentation"] = json::array({json::array(), {0, 0, 4, 0, 4, 4, 0, 4}});
  const AnnotationSet set = read(all);
  EXPECT_EQ(set.mask(0).counts, rle_from_box({0, 0, 4, 4}, 20, 30).counts);
  EXPECT_FALSE(problems_.any());
}

TEST_F(LooseAnnotations, ABoxMayTouchTheImageFromOutside) {
  json all = plain();
  for (const json& box : {json{30, 5, 4, 4}, json{-4, 5, 4, 4}, json{5, 20, 4, 4}, json{5, -4, 4, 4}}) {
    all["annotations"][0]["bbox"] = box;
    EXPECT_THAT(read(all).objects, SizeIs(2)) << box;
  }
  all["annotations"][0]["bbox"] = {30.5, 5, 4, 4};
  EXPECT_THAT(error_of(all), HasSubstr("lies outside of the image of 30 x 20"));
}

TEST_F(LooseAnnotations, WhatLvisLacksIsNoted) {
  json all = plain();
  all["categories"][1].erase("frequency");
  all["images"][1].erase("neg_category_ids");
  all["images"][1].erase("not_exhaustive_category_ids");
  const AnnotationSet set = read(all);
  EXPECT_TRUE(set.is_lvis);  // still, and that is said (evaluation/ground_truth.h)
  EXPECT_EQ(set.gaps.frequency.first, "7 'dog'");
  EXPECT_EQ(set.gaps.negatives.first, "20");
  EXPECT_EQ(set.gaps.negatives.count, 1);
  EXPECT_EQ(set.gaps.not_exhaustive.first, "20");
  EXPECT_EQ(read(plain()).gaps.frequency.count, 0);
}

}  // namespace
}  // namespace longtail
