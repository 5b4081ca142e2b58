#include "core/data/instance_dataset.h"

#include <gmock/gmock.h>
#include <longtail/error.h>

#include <filesystem>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "core/data/loader.h"
#include "tests/support/annotation_builder.h"
#include "tests/support/exif_pictures.h"
#include "tests/support/picture_folder.h"

namespace longtail {
namespace {

using longtail::testing::AnnotationBuilder;
using longtail::testing::TempFolder;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Three classes. Images 10: 40 x 30 with two objects of class 1 and one of class 0; 11: no object; 12: 30 x 40, a crowd
// and an object of class 0; 13: only objects that training leaves out.
class InstanceDatasetTest : public ::testing::Test {
 protected:
  InstanceDatasetTest() {
    AnnotationBuilder builder;
    builder.category(1, "cat").category(2, "dog").category(5, "owl");
    add_image(builder, 10, 40, 30);
    builder.object(1, {4, 3, 20, 10}).polygons({{4, 3, 24, 3, 24, 13, 4, 13}});
    builder.object(0, {30, 20, 30, 5}).polygons({{30, 20, 60, 20, 60, 25, 30, 25}});  // reaches over the right side
    builder.object(1, {0, 0, 8, 8}).polygons({{0, 0, 8, 0, 8, 8}});
    add_image(builder, 11, 40, 30);
    add_image(builder, 12, 30, 40);
    builder.object(2, {0, 0, 30, 40}, true).object(0, {5, 5, 10, 10}).polygons({{5, 5, 15, 5, 15, 15, 5, 15}});
    add_image(builder, 13, 20, 20);
    builder.object(0, {30, 5, 4, 4}).object(0, {5, 5, 0.5, 9}).object(2, {0, 0, 9, 9});
    builder.set().objects.back().ignore = true;
    set_ = builder.set();
    options_.root = folder_.path();
    options_.annotations = "train.json";
    options_.seed = 7;
    params_.short_sides = {40, 60};
    params_.test_short_side = 60;
    params_.max_long_side = 100;
  }

  void add_image(AnnotationBuilder& builder, std::int64_t id, int width, int height) const {
    const std::string name = "images/" + std::to_string(id) + ".png";
    folder_.write_picture(name, height, width, static_cast<int>(id));
    builder.image(id, width, height, name);
  }

  InstanceDataset dataset() const {
    return {options_, std::make_shared<AnnotationSet>(set_), InstanceTransform(params_)};
  }

  template <class Action>
  static std::string error_of(const Action& action) {
    try {
      action();
    } catch (const DataError& error) {
      return error.what();
    }
    return "no error";
  }

  TempFolder folder_;
  AnnotationSet set_;
  InstanceDataset::Options options_;
  InstanceTransform::Params params_;
};

std::vector<float> values(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

TEST_F(InstanceDatasetTest, TrainingSeesImagesWithUsableObjects) {
  const InstanceDataset data = dataset();
  ASSERT_EQ(data.size(), 2);
  EXPECT_EQ(data.image(0).id, 10);
  EXPECT_EQ(data.image(1).id, 12);
  EXPECT_THAT(data.class_names(), ElementsAre("cat", "dog", "owl"));
  const DatasetStatistics facts = data.statistics();
  EXPECT_EQ(facts.num_classes, 3);
  EXPECT_THAT(facts.classes_of_sample, ElementsAre(ElementsAre(0, 1), ElementsAre(0)));
  EXPECT_THAT(facts.instance_counts, ElementsAre(2, 2, 0));
  EXPECT_THAT(facts.image_counts, ElementsAre(2, 1, 0));
}

TEST_F(InstanceDatasetTest, EmptyImagesMayStay) {
  options_.filter_empty = false;
  const InstanceDataset data = dataset();
  ASSERT_EQ(data.size(), 4);
  const InstanceBatch batch = data.load({1, 3}, 0, 0);
  ASSERT_EQ(batch.targets.size(), 2u);
  for (const InstanceTargets& targets : batch.targets) {
    EXPECT_EQ(targets.boxes.sizes(), (at::IntArrayRef{0, 4}));
    EXPECT_EQ(targets.labels.sizes(), (at::IntArrayRef{0}));
    EXPECT_EQ(targets.masks->size(), 0);
  }
}

TEST_F(InstanceDatasetTest, SmallBoxesAreLeftOut) {
  options_.min_box_side = 9;
  EXPECT_THAT(dataset().objects(0), ElementsAre(0));  // 20 x 10; the others are 10 x 5 in the image, and 8 x 8
}

TEST_F(InstanceDatasetTest, EvaluationSeesEveryImageWithoutTargets) {
  options_.training = false;
  const InstanceDataset data = dataset();
  ASSERT_EQ(data.size(), 4);
  const InstanceBatch batch = data.load({0, 2}, 0, 0);
  EXPECT_EQ(batch.images.sizes(), (at::IntArrayRef{2, 3, 96, 96}));
  EXPECT_THAT(batch.targets, IsEmpty());
  ASSERT_EQ(batch.inputs.size(), 2u);
  EXPECT_EQ(batch.inputs[0].width, 80);
  EXPECT_EQ(batch.inputs[0].height, 60);
  EXPECT_EQ(batch.inputs[0].padded_width, 96);
  EXPECT_EQ(batch.inputs[0].padded_height, 64) << "of the image alone, not of the batch";
  EXPECT_EQ(batch.inputs[0].original_width, 40);
  EXPECT_EQ(batch.inputs[1].width, 60);
  EXPECT_EQ(batch.inputs[1].height, 80);
  EXPECT_EQ(batch.inputs[1].index, 2);
  EXPECT_FALSE(batch.inputs[0].flipped);
}

TEST_F(InstanceDatasetTest, TargetsFollowTheView) {
  params_.short_sides = {60};
  for (const double flip : {0.0, 1.0}) {
    params_.flip = flip;
    const InstanceBatch batch = dataset().load({0}, 0, 0);
    const InstanceTargets& targets = batch.targets.at(0);
    ASSERT_EQ(batch.inputs[0].scale_x, 2);
    EXPECT_EQ(batch.inputs[0].flipped, flip == 1);
    EXPECT_EQ(targets.labels.sizes(), (at::IntArrayRef{3}));
    EXPECT_EQ(targets.labels[1].item<std::int64_t>(), 0);
    if (flip == 0) {
      EXPECT_THAT(values(targets.boxes), ElementsAre(8, 6, 48, 26, 60, 40, 80, 50, 0, 0, 16, 16));
    } else {
      EXPECT_THAT(values(targets.boxes), ElementsAre(32, 6, 72, 26, 0, 40, 20, 50, 64, 0, 80, 16));
    }
    // Each outline fills its own box; the last one is a triangle.
    for (std::int64_t i = 0; i < 3; ++i) {
      std::vector<float> cells(4 * 4);
      targets.masks->rasterize(i, targets.boxes[i].data_ptr<float>(), 4, cells.data());
      float sum = 0;
      for (const float cell : cells) sum += cell;
      EXPECT_NEAR(sum, i < 2 ? 16 : 8, 1e-5);
    }
  }
}

// The brightest channel grows from left to right; mirrored it falls.
TEST_F(InstanceDatasetTest, PicturesFollowTheView) {
  params_.short_sides = {30};
  params_.flip = 0;
  const at::Tensor plain = dataset().load({0}, 0, 0).images;
  params_.flip = 1;
  const at::Tensor mirrored = dataset().load({0}, 0, 0).images;
  EXPECT_EQ(plain.sizes(), (at::IntArrayRef{1, 3, 32, 64}));
  const auto inside = [](const at::Tensor& images) { return images.slice(2, 0, 30).slice(3, 0, 40); };
  EXPECT_TRUE(inside(plain).equal(inside(mirrored).flip({3})));
  EXPECT_FALSE(inside(plain).equal(inside(mirrored)));
  EXPECT_EQ(plain.slice(3, 40).abs().sum().item<float>(), 0);
  EXPECT_EQ(plain.slice(2, 30).abs().sum().item<float>(), 0);
}

TEST_F(InstanceDatasetTest, AugmentationDependsOnSeedEpochAndPositionAlone) {
  const InstanceDataset data = dataset();
  const std::vector<std::int64_t> order{0, 1, 0, 1, 0, 1, 0, 1};
  const auto views = [](const InstanceBatch& batch) {
    std::vector<std::pair<std::int64_t, bool>> views;
    for (const InputImage& input : batch.inputs) views.emplace_back(input.height, input.flipped);
    return views;
  };
  const auto all = views(data.load(order, 2, 10));
  const auto later = views(data.load({0, 1, 0, 1}, 2, 14));
  EXPECT_EQ(std::vector(all.begin() + 4, all.end()), later);
  EXPECT_NE(all, views(data.load(order, 3, 10)));
  options_.seed = 8;
  EXPECT_NE(all, views(dataset().load(order, 2, 10)));
}

TEST_F(InstanceDatasetTest, BatchesDoNotDependOnThreads) {
  const InstanceDataset data = dataset();
  const auto load = [&](int threads) {
    LoaderOptions options;
    options.batch_size = 3;
    options.threads = threads;
    Loader<InstanceBatch> loader({0, 1, 0, 0, 1, 1, 0}, options,
                                 [&](const auto& indices, std::int64_t first) { return data.load(indices, 1, first); });
    std::vector<InstanceBatch> batches;
    while (auto batch = loader.next()) batches.push_back(std::move(*batch));
    return batches;
  };
  const auto one = load(0), three = load(3);
  ASSERT_EQ(one.size(), 3u);
  ASSERT_EQ(three.size(), 3u);
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_TRUE(one[i].images.equal(three[i].images));
    ASSERT_EQ(one[i].targets.size(), three[i].targets.size());
    for (std::size_t k = 0; k < one[i].targets.size(); ++k) {
      EXPECT_TRUE(one[i].targets[k].boxes.equal(three[i].targets[k].boxes));
    }
  }
}

TEST_F(InstanceDatasetTest, HundredsOfObjectsInOneImage) {
  AnnotationBuilder builder;
  builder.category(1, "dot");
  add_image(builder, 1, 60, 60);
  for (int i = 0; i < 900; ++i) {
    const double x = i % 30 * 2, y = i / 30 * 2;
    builder.object(0, {x, y, 2, 2}).polygons({{x, y, x + 2, y, x + 2, y + 2, x, y + 2}});
  }
  set_ = builder.set();
  const InstanceBatch batch = dataset().load({0}, 0, 0);
  EXPECT_EQ(batch.targets[0].boxes.size(0), 900);
  EXPECT_EQ(batch.targets[0].masks->size(), 900);
}

TEST_F(InstanceDatasetTest, StopsAtAMissingImageOrLeavesItOut) {
  std::filesystem::remove(folder_.path("images/10.png"));
  const auto load = [this] { return dataset().load({0, 1}, 0, 0); };
  EXPECT_THAT(error_of(load), AllOf(HasSubstr("images/10.png: cannot be read"), HasSubstr("data.bad_image: skip")));
  options_.bad_image = BadImage::skip;
  const InstanceBatch batch = load();
  EXPECT_EQ(batch.skipped, 1);
  EXPECT_THAT(batch.problems, ElementsAre(HasSubstr("images/10.png")));
  EXPECT_EQ(batch.images.size(0), 1);
  ASSERT_EQ(batch.inputs.size(), 1u);
  EXPECT_EQ(batch.inputs[0].index, 1);
  EXPECT_EQ(batch.targets.size(), 1u);
}

TEST_F(InstanceDatasetTest, ABatchOfBrokenImagesIsEmpty) {
  for (const char* name : {"images/10.png", "images/12.png"}) folder_.write(name, "no picture");
  options_.bad_image = BadImage::skip;
  const InstanceBatch batch = dataset().load({0, 1}, 0, 0);
  EXPECT_EQ(batch.skipped, 2);
  EXPECT_EQ(batch.images.size(0), 0);
  EXPECT_THAT(batch.inputs, IsEmpty());
}

TEST_F(InstanceDatasetTest, AnImageOfAnotherSizeIsAnError) {
  folder_.write_picture("images/12.png", 41, 30);
  const std::string error = error_of([this] { dataset().load({1}, 0, 0); });
  EXPECT_THAT(error,
              AllOf(HasSubstr("images/12.png: 30 x 41 pixels"), HasSubstr("image 12 of train.json has 30 x 40")));
}

// The picture of image 10, 40 x 30, stored lying on its side: a camera held upright.
TEST_F(InstanceDatasetTest, ATurnedPictureIsServedUprightAsItWasAnnotated) {
  cv::Mat stored;
  cv::rotate(cv::imread(folder_.path("images/10.png")), stored, cv::ROTATE_90_COUNTERCLOCKWISE);
  options_.bad_image = BadImage::stop;
  for (const bool training : {true, false}) {
    options_.training = training;
    const InstanceBatch plain = dataset().load({0}, 3, 0);
    cv::imwrite(folder_.path("turned.png"), stored);
    folder_.write("turned.png", testing::png_with_exif(testing::read_bytes(folder_.path("turned.png")), 6, true));
    set_.images[0].file_name = "turned.png";
    const InstanceBatch turned = dataset().load({0}, 3, 0);
    EXPECT_TRUE(at::equal(turned.images, plain.images));
    EXPECT_EQ(turned.inputs[0].original_width, 40);
    if (training) EXPECT_TRUE(at::equal(turned.targets[0].boxes, plain.targets[0].boxes));
    options_.images.exif_orientation = false;
    EXPECT_THAT(error_of([this] { dataset().load({0}, 3, 0); }), HasSubstr("set data.exif_orientation to true"));
    options_.images.exif_orientation = true;
    set_.images[0].file_name = "images/10.png";
  }
}

TEST_F(InstanceDatasetTest, AnnotationsOfTheStoredPictureAreNamedWithTheRemedy) {
  const std::string stored = testing::read_bytes(folder_.path("images/10.png"));
  folder_.write("images/10.png", testing::png_with_exif(stored, 8, false));
  EXPECT_THAT(error_of([this] { dataset().load({0}, 0, 0); }),
              AllOf(HasSubstr("images/10.png: 30 x 40 pixels once its EXIF orientation (8) turns it upright"),
                    HasSubstr("image 10 of train.json has 40 x 30"), HasSubstr("set data.exif_orientation to false"),
                    HasSubstr("data.bad_image: skip")));
  options_.images.exif_orientation = false;
  EXPECT_EQ(dataset().load({0}, 0, 0).inputs[0].original_width, 40);
}

TEST_F(InstanceDatasetTest, NamesWithBackSlashesAndAbsoluteNamesAreFound) {
  set_.images[0].file_name = "images\\10.png";
  set_.images[2].file_name = folder_.path("images/12.png");
  EXPECT_EQ(dataset().load({0, 1}, 0, 0).inputs.size(), 2u);
}

TEST_F(InstanceDatasetTest, TellsHowFarItsTransformEnlarges) {
  EXPECT_EQ(dataset().usual_sides().picture, 30);
  EXPECT_EQ(dataset().usual_sides().network, 60) << "the middle one of the transform's sides";
}

TEST_F(InstanceDatasetTest, AnImageOfUnknownSizeMayHaveAny) {
  options_.training = false;
  for (ImageRecord& image : set_.images) image.width = image.height = 0;
  EXPECT_EQ(dataset().load({2}, 0, 0).inputs[0].original_height, 40);
}

TEST_F(InstanceDatasetTest, AWrongRootIsFoundAtOnce) {
  options_.root = folder_.path("nowhere");
  EXPECT_THAT(error_of([this] { dataset(); }),
              HasSubstr("nowhere: the data folder does not exist; set data.train_images"));
  options_.root = folder_.path("images");
  EXPECT_THAT(error_of([this] { dataset(); }), HasSubstr("no 'images/10.png' in it, nor any other of the first 2"));
}

TEST_F(InstanceDatasetTest, TrainingNeedsObjects) {
  set_.objects.clear();
  for (ImageRecord& image : set_.images) image.first_object = image.num_objects = 0;
  EXPECT_THAT(error_of([this] { dataset(); }), HasSubstr("train.json: no image has an object to learn from"));
}

TEST_F(InstanceDatasetTest, PicturesOfLvis05HaveTheNamesOf2014Or2017) {
  set_.images[0].file_name = "COCO_train2014_000000000010.png";
  folder_.write_picture("000000000010.png", 30, 40, 10);
  EXPECT_EQ(std::filesystem::path(dataset().path(0)).filename(), "000000000010.png");
  folder_.write_picture("COCO_train2014_000000000010.png", 30, 40, 10);
  EXPECT_EQ(std::filesystem::path(dataset().path(0)).filename(), "COCO_train2014_000000000010.png");
}

}  // namespace
}  // namespace longtail
