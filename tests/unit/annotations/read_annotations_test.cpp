#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <longtail/error.h>

#include <cstdlib>
#include <filesystem>

#include "core/annotations/annotation_set.h"
#include "tests/support/temporary_folder.h"

namespace longtail {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kCategories =
    R"([{"id": 7, "name": "dog", "frequency": "f", "image_count": 120, "instance_count": 300},
 {"id": 3, "name": "cat", "frequency": "r", "image_count": 4, "instance_count": 5}])";
constexpr const char* kImages =
    R"([{"id": 20, "width": 30, "height": 20, "coco_url": "http://images.cocodataset.org/val2017/20.jpg",
  "neg_category_ids": [7, 99], "not_exhaustive_category_ids": [3]},
 {"id": 10, "width": 8, "height": 4, "file_name": "COCO_val2014_10.jpg", "neg_category_ids": [],
  "not_exhaustive_category_ids": []}])";

std::string object(int id, const std::string& outline, const std::string& more = "") {
  return R"({"id": )" + std::to_string(id) +
         R"(, "image_id": 20, "category_id": 3, "area": 9.5, "bbox": [1, 2, 3.5, 4])" +
         (outline.empty() ? "" : R"(, "segmentation": )" + outline) + more + "}";
}

class ReadAnnotations : public ::testing::Test {
 protected:
  std::string write(const std::string& text) { return folder_.write("a.json", text).string(); }
  std::string write_objects(const std::string& objects) {
    return write(R"({"info": {"a": "}]"}, "annotations": [)" + objects + R"(], "images": )" + kImages +
                 R"(, "categories": )" + kCategories + "}");
  }
  AnnotationSet read(const std::string& objects) { return read_annotations(write_objects(objects)); }

  std::string error_of(const std::string& path, BadAnnotation policy = BadAnnotation::stop) {
    try {
      read_annotations(path, policy);
    } catch (const DataError& error) {
      return error.what();
    }
    return "no error";
  }
  /// The message about the second of two objects, with both policies; with `polygon` only its outline is left out.
  std::string object_error(const std::string& broken, bool polygon = false) {
    const std::string path = write_objects(object(1, "") + ",\n" + broken);
    const std::string message = error_of(path);
    AnnotationProblems problems;
    const AnnotationSet set = read_annotations(path, BadAnnotation::skip, &problems);
    EXPECT_THAT(set.objects, SizeIs(polygon ? 2 : 1));
    EXPECT_EQ(problems.skipped, polygon ? 0 : 1);
    EXPECT_EQ(problems.polygons, polygon ? 1 : 0);
    EXPECT_EQ(message, problems.examples.at(0) +
                           "; correct the file, or skip broken objects (data.bad_annotation: skip; "
                           "evaluate --skip-broken)");
    EXPECT_THAT(message, ::testing::StartsWith(path + ": byte "));
    return message;
  }

  test::TemporaryFolder folder_;
};

TEST_F(ReadAnnotations, CategoriesAndImagesAscendById) {
  const AnnotationSet set = read("");
  ASSERT_THAT(set.categories, SizeIs(2));
  EXPECT_EQ(set.categories[0].name, "cat");
  EXPECT_EQ(set.categories[0].frequency, 'r');
  EXPECT_EQ(set.categories[1].id, 7);
  EXPECT_EQ(set.categories[1].image_count, 120);
  EXPECT_EQ(set.categories[1].instance_count, 300);
  ASSERT_THAT(set.images, SizeIs(2));
  EXPECT_EQ(set.images[0].id, 10);
  EXPECT_EQ(set.images[1].width, 30);
  EXPECT_EQ(set.images[1].height, 20);
  EXPECT_THAT(set.images[1].negative_classes, ElementsAre(1));  // 99 is no category
  EXPECT_THAT(set.images[1].not_exhaustive_classes, ElementsAre(0));
  EXPECT_TRUE(set.is_lvis);
}

TEST_F(ReadAnnotations, PicturesAreNamedByFileOrByAddress) {
  const AnnotationSet set = read("");
  EXPECT_EQ(set.images[0].file_name, "COCO_val2014_10.jpg");
  EXPECT_EQ(set.images[1].file_name, "val2017/20.jpg");
}

TEST_F(ReadAnnotations, ObjectsLieByImageInTheFilesOrder) {
  const auto at = [](int id, int image) {
    return R"({"id": )" + std::to_string(id) + R"(, "image_id": )" + std::to_string(image) +
           R"(, "category_id": 7, "area": 1, "bbox": [0, 0, 1, 1]})";
  };
  const AnnotationSet set = read(at(5, 20) + "," + at(9, 10) + "," + at(2, 20));
  std::vector<std::int64_t> ids;
  for (const ObjectRecord& record : set.objects) ids.push_back(record.id);
  EXPECT_THAT(ids, ElementsAre(9, 5, 2));
  EXPECT_EQ(set.images[0].num_objects, 1);
  EXPECT_EQ(set.images[1].first_object, 1);
  EXPECT_EQ(set.images[1].num_objects, 2);
}

TEST_F(ReadAnnotations, ObjectsKeepWhatTheFileTells) {
  const AnnotationSet set = read(object(4, "", R"(, "iscrowd": 1)") + "," + object(0, "", R"(, "ignore": true)"));
  EXPECT_EQ(set.objects[0].id, 4);
  EXPECT_EQ(set.objects[0].class_index, 0);
  EXPECT_EQ(set.objects[0].area, 9.5);
  EXPECT_EQ(set.objects[0].box.w, 3.5);
  EXPECT_TRUE(set.objects[0].crowd);
  EXPECT_FALSE(set.objects[0].ignore);
  EXPECT_FALSE(set.objects[1].crowd);
  EXPECT_TRUE(set.objects[1].ignore);
}

TEST_F(ReadAnnotations, EveryFormOfOutline) {
  const Rle square = rle_from_box({2, 3, 10, 5}, 20, 30);
  const Rle corner = rle_from_box({0, 0, 4, 4}, 20, 30);
  std::string counts;
  for (const std::uint32_t count : square.counts) counts += (counts.empty() ? "" : ", ") + std::to_string(count);
  const AnnotationSet set =
      read(object(1, "[[2, 3, 2, 8, 12, 8, 12, 3], [0, 0, 0, 4, 4, 4, 4, 0.0]]") + "," +
           object(2, R"({"size": [20, 30], "counts": [)" + counts + "]}") + "," + object(3, "[]") + "," +
           object(4, R"({"counts": ")" + rle_to_string(square) + R"(", "size": [20, 30]})") + "," + object(5, ""));
  EXPECT_EQ(set.mask(0).counts, rle_merge({square, corner}).counts);
  EXPECT_EQ(set.mask(1).counts, square.counts);
  EXPECT_EQ(set.objects[2].segmentation.form, SegmentationRef::Form::none);
  EXPECT_THAT(set.mask(2).counts, ElementsAre(600));
  EXPECT_EQ(set.mask(3).counts, square.counts);
  EXPECT_EQ(rle_area(set.mask(4)), 0U);
}

TEST_F(ReadAnnotations, CocoHasNoFrequencies) {
  const std::string path = write(
      R"({"images": [{"id": 1, "width": 5, "height": 5, "file_name": "1.jpg"},
                     {"id": 2, "width": 5, "height": 5, "file_name": "2.jpg"}],
          "categories": [{"id": 1, "name": "cat", "supercategory": "animal"}, {"id": 2, "name": "dog"}],
          "annotations": [
  {"id": 1, "image_id": 2, "category_id": 1, "area": 1, "bbox": [0, 0, 1, 1], "iscrowd": 0},
  {"id": 2, "image_id": 2, "category_id": 1, "area": 1, "bbox": [0, 0, 1, 1], "iscrowd": 0},
  {"id": 3, "image_id": 1, "category_id": 1, "area": 1, "bbox": [0, 0, 1, 1], "iscrowd": 0}]})");
  const AnnotationSet set = read_annotations(path);
  EXPECT_FALSE(set.is_lvis);
  EXPECT_EQ(set.categories[0].supercategory, "animal");
  EXPECT_EQ(set.categories[0].frequency, 0);
  EXPECT_EQ(set.categories[0].image_count, 2);
  EXPECT_EQ(set.categories[0].instance_count, 3);
  EXPECT_EQ(set.categories[1].image_count, 0);
}

TEST_F(ReadAnnotations, BrokenObjectsAreNamedOrSkipped) {
  EXPECT_THAT(object_error(object(2, "[[1, 2, 3, 4]]"), true),
              HasSubstr("annotations[1]: polygon 1 has 2 points; it takes three"));
  EXPECT_THAT(object_error(object(2, "[[1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6, 7]]"), true),
              HasSubstr("polygon 2 has an odd number of coordinates"));
  EXPECT_THAT(object_error(object(2, "[1, 2, 3, 4, 5, 6]"), true), HasSubstr("polygon 1 is not a list"));
  EXPECT_THAT(object_error(object(2, R"([["a", 2, 3, 4, 5, 6]])"), true), HasSubstr("polygon 1 holds something other"));
  EXPECT_THAT(object_error(object(2, "[[1e12, 2, 3, 4, 5, 6]]"), true), HasSubstr("polygon 1 holds something other"));
  EXPECT_THAT(object_error(object(2, R"("outline")"), true), HasSubstr("'segmentation' is neither polygons"));
  EXPECT_THAT(object_error(object(2, R"({"size": [30, 20], "counts": "00"})"), true),
              HasSubstr("its mask is 30 x 20 (height x width), but the image is 20 x 30"));
  EXPECT_THAT(object_error(object(2, R"({"size": [20, 30], "counts": [100, 20]})"), true),
              HasSubstr("its run lengths make 120 pixels, but the image has 600"));
  EXPECT_THAT(object_error(object(2, R"({"size": [20, 30], "counts": [100, 501]})"), true),
              HasSubstr("make more than 600 pixels"));
  EXPECT_THAT(object_error(object(2, R"({"size": [20, 30], "counts": [-1, 601]})"), true),
              HasSubstr("other than run lengths"));
  EXPECT_THAT(object_error(object(2, R"({"size": [20, 30], "counts": "T3"})"), true),
              HasSubstr("make 100 pixels, not 600"));
  EXPECT_THAT(object_error(object(2, R"({"counts": "T3"})"), true), HasSubstr("has no 'size'"));
  EXPECT_THAT(object_error("3"), HasSubstr("annotations[1]: is not an object"));
}

TEST_F(ReadAnnotations, BrokenMembersAreNamedOrSkipped) {
  const auto with = [this](const std::string& image, const std::string& category, const std::string& rest) {
    return object_error(R"({"id": 2, "image_id": )" + image + R"(, "category_id": )" + category + ", " + rest + "}");
  };
  const std::string rest = R"("area": 1, "bbox": [0, 0, 1, 1])";
  EXPECT_THAT(with("21", "3", rest), HasSubstr("image_id 21 is not one of the images"));
  EXPECT_THAT(with("20", "4", rest), HasSubstr("category_id 4 is not one of the categories"));
  EXPECT_THAT(with("20", R"("cat")", rest), HasSubstr("category_id \"cat\" is not one of the categories"));
  EXPECT_THAT(with("20", "3", R"("area": 1)"), HasSubstr("has neither 'bbox' nor 'segmentation'"));
  EXPECT_THAT(with("20", "3", R"("area": 1, "bbox": [0, 0, 1])"), HasSubstr("'bbox' is not a list of 4 numbers"));
  EXPECT_THAT(with("20", "3", R"("area": 1, "bbox": [0, 0, -1, 1])"), HasSubstr("its box is -1 x 1 pixels"));
  EXPECT_THAT(with("20", "3", R"("area": 1, "bbox": [31, 0, 1, 1])"),
              HasSubstr("its box (31, 0, 1, 1) lies outside of the image of 30 x 20"));
  EXPECT_THAT(with("20", "3", R"("area": 1, "bbox": [5, -9, 1, 8.5])"), HasSubstr("lies outside"));
  EXPECT_THAT(with("20", "3", R"("area": 1, "bbox": [0, 0, 1, 1], "iscrowd": 2)"),
              HasSubstr("'iscrowd' is not 0 or 1"));
}

TEST_F(ReadAnnotations, BoxesWithoutAreaAreFine) {
  const AnnotationSet set = read(R"({"id": 1, "image_id": 20, "category_id": 3, "area": 0, "bbox": [30, 5, 0, 0]})");
  EXPECT_THAT(set.objects, SizeIs(1));
}

TEST_F(ReadAnnotations, OnlyTheFirstProblemsAreKept) {
  std::string objects;
  for (int i = 0; i < 20; ++i) objects += (i > 0 ? "," : "") + object(i, i % 2 == 0 ? "[[1, 2]]" : "[]");
  AnnotationProblems problems;
  const AnnotationSet set = read_annotations(write_objects(objects), BadAnnotation::skip, &problems);
  EXPECT_THAT(set.objects, SizeIs(20));
  EXPECT_EQ(problems.polygons, 10);
  ASSERT_THAT(problems.examples, SizeIs(5));
  EXPECT_THAT(problems.examples[4], HasSubstr("annotations[8]: polygon 1 has 1 point; it takes three"));
  EXPECT_THAT(set.coordinates, IsEmpty());
}

TEST_F(ReadAnnotations, IdsThatStandTwiceStop) {
  const std::string path = write_objects(object(5, "") + "," + object(2, "") + ",\n" + object(5, ""));
  for (const BadAnnotation policy : {BadAnnotation::stop, BadAnnotation::skip}) {
    EXPECT_THAT(error_of(path, policy), HasSubstr("(line 2): annotations[2]: id 5 is already that of annotations[0]"));
  }
  const std::string categories = write(R"({"annotations": [], "images": [], "categories": [{"id": 1, "name": "a"},
 {"id": 1, "name": "b"}]})");
  EXPECT_THAT(error_of(categories), HasSubstr("(line 2): categories[1]: id 1 is already that of categories[0]"));
  const std::string images = write(R"({"annotations": [], "categories": [{"id": 1, "name": "a"}], "images": [
 {"id": 1, "width": 1, "height": 1, "file_name": "a"}, {"id": 1, "width": 1, "height": 1, "file_name": "a"}]})");
  EXPECT_THAT(error_of(images), HasSubstr("(line 2): images[1]: id 1 is already that of images[0]"));
}

TEST_F(ReadAnnotations, AListThatIsGivenTwiceStops) {
  for (const std::string key : {"images", "annotations", "categories"}) {
    const std::string all = std::string(R"({"info": 1, "info": 2, "annotations": [], "images": )") + kImages +
                            R"(, "categories": )" + kCategories;
    for (const char* second : {"[]", "null"}) {
      const std::string text = all + ",\n\"" + key + "\": " + second + "}";
      EXPECT_THAT(error_of(write(text), BadAnnotation::skip),
                  HasSubstr("byte " + std::to_string(all.size() + 2) + " (line "));
      EXPECT_THAT(error_of(write(text)), HasSubstr("): '" + key + "' is given twice; join the two, or remove one"));
    }
    EXPECT_EQ(error_of(write(all + "}")), "no error");
  }
}

TEST_F(ReadAnnotations, BrokenImagesAndCategoriesStop) {
  const auto error = [this](const std::string& images, const std::string& categories) {
    return error_of(write(R"({"annotations": [], "images": [)" + images + R"(], "categories": [)" + categories + "]}"),
                    BadAnnotation::skip);
  };
  const std::string category = R"({"id": 1, "name": "a"})";
  EXPECT_THAT(error(R"({"id": 1, "width": 1})", category), HasSubstr("images[0]: has no 'height'; correct"));
  EXPECT_THAT(error(R"({"id": 1, "width": 0, "height": 1, "file_name": "a"})", category),
              HasSubstr("'width' is 0, not 1 ... 1000000"));
  EXPECT_THAT(error(R"({"id": 1, "width": 99999, "height": 99999, "file_name": "a"})", category),
              HasSubstr("99999 x 99999 pixels are more than a mask can count"));
  EXPECT_THAT(error(R"({"width": 1, "height": 1, "file_name": "a"})", category), HasSubstr("images[0]: has no 'id'"));
  EXPECT_THAT(error("", R"({"name": "a"})"), HasSubstr("categories[0]: has no 'id'"));
  EXPECT_THAT(error("", R"({"id": 1, "name": "a", "frequency": "x"})"),
              HasSubstr("frequency 'x' is none of r, c and f"));
  EXPECT_THAT(error("", ""), HasSubstr("there are no categories"));
}

TEST_F(ReadAnnotations, FilesThatAreSomethingElse) {
  EXPECT_THAT(error_of((folder_ / "missing.json").string()), HasSubstr("missing.json: cannot read the file"));
  EXPECT_THAT(error_of(write("")), HasSubstr("byte 0 (line 1): the file is empty"));
  EXPECT_THAT(error_of(write("\n\nPK")), HasSubstr("byte 2 (line 3): this is not JSON"));
  EXPECT_THAT(error_of(write("[]")), HasSubstr("has no list 'categories' (it has: no keys)"));
  EXPECT_THAT(error_of(write(R"({"images": [], "annos": 3})")),
              HasSubstr("has no list 'categories' (it has: images, annos); is this"));
  EXPECT_THAT(error_of(write(R"({"images": [] "annotations": []})")),
              HasSubstr("byte 14 (line 1): expected ',', found '\"'"));
  EXPECT_THAT(error_of(write(R"({"images": [1 2]})")), HasSubstr("expected ',' or ']' after images[0], found '2'"));
  EXPECT_THAT(error_of(write(R"({"images": [1,]})")), HasSubstr("a comma stands before the end of the list"));
  EXPECT_THAT(error_of(write("{} {}")), HasSubstr("byte 3 (line 1): something follows the end"));
}

TEST_F(ReadAnnotations, ACutIsFoundWhereverItIs) {
  const std::string path = write_objects(object(1, "[[1, 2, 3, 4, 5, 6]]") + ",\n" + object(2, "[]"));
  std::ifstream stream(path);
  const std::string text(std::istreambuf_iterator<char>(stream), {});
  for (std::size_t bytes = 0; bytes < text.size(); ++bytes) {
    const std::string message = error_of(write(text.substr(0, bytes)));
    EXPECT_THAT(message, HasSubstr("byte " + std::to_string(bytes) + " (line ")) << bytes;
  }
  const std::string message = error_of(write(text.substr(0, text.find("\"id\": 2") + 5)));
  EXPECT_THAT(message, HasSubstr("(line 2): the JSON ends in the middle of annotations[1]; the file is cut"));
}

TEST_F(ReadAnnotations, BrokenJsonStopsAtItsElement) {
  const std::string path = write_objects(object(1, "") + ",\n" + R"({"id": 2, "image_id" 20})");
  for (const BadAnnotation policy : {BadAnnotation::stop, BadAnnotation::skip}) {
    EXPECT_THAT(error_of(path, policy), HasSubstr("(line 2): annotations[1]: is not JSON: "));
  }
}

// Sizes from the sets' README.
TEST_F(ReadAnnotations, RealSets) {
  const char* folder = std::getenv("LONGTAIL_TEST_DATA");
  if (folder == nullptr || !std::filesystem::exists(std::string(folder) + "/clothing_lvis/train.json")) {
    GTEST_SKIP() << "LONGTAIL_TEST_DATA does not name a folder with clothing_lvis and coco_small";
  }
  const AnnotationSet clothing = read_annotations(std::string(folder) + "/clothing_lvis/train.json");
  EXPECT_THAT(clothing.images, SizeIs(602));
  EXPECT_THAT(clothing.objects, SizeIs(4227));
  EXPECT_EQ(clothing.num_classes(), 53);
  const AnnotationSet coco = read_annotations(std::string(folder) + "/coco_small/val.json");
  EXPECT_THAT(coco.images, SizeIs(47));
  EXPECT_THAT(coco.objects, SizeIs(472));
  EXPECT_EQ(coco.num_classes(), 80);
  EXPECT_TRUE(coco.is_lvis);
}

}  // namespace
}  // namespace longtail
