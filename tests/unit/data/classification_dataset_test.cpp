#include "core/data/classification_dataset.h"

#include <gmock/gmock.h>
#include <longtail/error.h>

#include "core/data/loader.h"
#include "tests/support/exif_pictures.h"
#include "tests/support/picture_folder.h"

namespace longtail {
namespace {

using longtail::testing::TempFolder;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ClassificationDatasetTest : public ::testing::Test {
 protected:
  ClassificationDatasetTest() {
    std::string list;
    for (int i = 0; i < 20; ++i) {
      const std::string name = "images/" + std::to_string(i) + ".jpg";
      folder_.write_picture(name, 32, 32, i);
      list += name + ' ' + std::to_string(i % 3) + '\n';
    }
    options_.root = folder_.path();
    options_.list = folder_.write("list.txt", list);
    options_.seed = 7;
  }

  ClassificationDataset dataset() const {
    return {options_, std::make_shared<CifarTransform>(CifarTransform::Params{})};
  }

  void truncate(const std::string& name) const {
    const std::string bytes = testing::read_bytes(folder_.path(name));
    folder_.write(name, bytes.substr(0, bytes.size() / 2));
  }

  std::string construction_error() const {
    try {
      dataset();
    } catch (const DataError& error) {
      return error.what();
    }
    return "no error";
  }

  TempFolder folder_;
  ClassificationDataset::Options options_;
};

TEST_F(ClassificationDatasetTest, AbsoluteNamesAndBackSlashesAreReadAsTheyAreChecked) {
  folder_.write("list.txt", folder_.path("images/3.jpg") + " 0\nimages\\4.jpg 1\nimages/5.jpg 0\n");
  options_.training = false;
  const ClassificationBatch batch = dataset().load({0, 1, 2}, 0, 0);
  EXPECT_THAT(batch.indices, ElementsAre(0, 1, 2));
  options_.root = folder_.path("images");  // as an absolute name needs no root
  folder_.write("list.txt", folder_.path("images/3.jpg") + " 0\n");
  EXPECT_TRUE(at::equal(dataset().load({0}, 0, 0).images[0], batch.images[0]));
}

TEST_F(ClassificationDatasetTest, ExifOrientationIsIgnoredUnlessAskedFor) {
  options_.training = false;
  const at::Tensor plain = dataset().load({0}, 0, 0).images;
  folder_.write("images/0.jpg", testing::jpeg_with_exif(testing::read_bytes(folder_.path("images/0.jpg")), 5, true));
  EXPECT_TRUE(at::equal(dataset().load({0}, 0, 0).images, plain));
  options_.images.exif_orientation = true;
  EXPECT_TRUE(at::equal(dataset().load({0}, 0, 0).images, plain.transpose(2, 3)));
}

TEST_F(ClassificationDatasetTest, CountsClasses) {
  options_.class_names = folder_.write("names.txt", "a\nb\nc\n");
  const auto data = dataset();
  EXPECT_EQ(data.size(), 20);
  EXPECT_EQ(data.num_classes(), 3);
  EXPECT_THAT(data.class_names(), ElementsAre("a", "b", "c"));
  EXPECT_THAT(data.class_counts(), ElementsAre(7, 7, 6));
  const DatasetStatistics statistics = data.statistics();
  EXPECT_EQ(statistics.num_classes, 3);
  EXPECT_THAT(statistics.image_counts, ElementsAre(7, 7, 6));
  EXPECT_THAT(statistics.classes_of_sample[4], ElementsAre(1));
}

TEST_F(ClassificationDatasetTest, LoadsABatch) {
  const auto batch = dataset().load({3, 19, 3}, 0, 0);
  EXPECT_EQ(batch.images.sizes(), (at::IntArrayRef{3, 3, 32, 32}));
  EXPECT_EQ(batch.images.scalar_type(), at::kFloat);
  EXPECT_TRUE(batch.images.is_contiguous());
  EXPECT_THAT(batch.indices, ElementsAre(3, 19, 3));
  EXPECT_EQ(batch.labels.size(0), 3);
  EXPECT_EQ(batch.labels[1].item<std::int64_t>(), 1);
  EXPECT_EQ(batch.skipped, 0);
}

TEST_F(ClassificationDatasetTest, AugmentationDependsOnSeedEpochAndPositionAlone) {
  const auto data = dataset();
  const auto images = data.load({5, 5, 5, 5, 5, 5}, 2, 10).images;
  EXPECT_TRUE(images.slice(0, 2, 4).equal(data.load({5, 5}, 2, 12).images));
  EXPECT_FALSE(images.equal(data.load({5, 5, 5, 5, 5, 5}, 3, 10).images));
  EXPECT_FALSE(images.equal(data.load({5, 5, 5, 5, 5, 5}, 2, 16).images));
  options_.seed = 8;
  EXPECT_FALSE(images.equal(dataset().load({5, 5, 5, 5, 5, 5}, 2, 10).images));
}

TEST_F(ClassificationDatasetTest, TestImagesAreNotAugmented) {
  options_.training = false;
  const auto data = dataset();
  EXPECT_TRUE(data.load({5}, 0, 0).images.equal(data.load({5}, 3, 17).images));
}

TEST_F(ClassificationDatasetTest, ThreadsDoNotChangeAnything) {
  const auto data = dataset();
  const auto all = data.load({0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 1, 0).images;
  for (const int threads : {0, 1, 2, 4}) {
    LoaderOptions options;
    options.batch_size = 3;
    options.threads = threads;
    Loader<ClassificationBatch> loader({0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, options,
                                       [&](const auto& indices, auto first) { return data.load(indices, 1, first); });
    std::int64_t at = 0;
    while (const auto batch = loader.next()) {
      const std::int64_t count = batch->images.size(0);
      EXPECT_TRUE(batch->images.equal(all.slice(0, at, at + count)));
      at += count;
    }
    EXPECT_EQ(at, 10);
  }
}

TEST_F(ClassificationDatasetTest, StopsAtATruncatedPicture) {
  truncate("images/4.jpg");
  try {
    dataset().load({3, 4, 5}, 0, 0);
    FAIL() << "no error";
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr(folder_.path("images/4.jpg") + ": truncated JPEG"), HasSubstr("bad_image: skip")));
  }
}

TEST_F(ClassificationDatasetTest, SkipsAndCountsBadPictures) {
  const auto whole = dataset().load({3, 4, 5, 6}, 0, 0);
  truncate("images/4.jpg");
  std::filesystem::remove(folder_.path("images/6.jpg"));
  options_.bad_image = BadImage::skip;
  const auto data = dataset();
  const auto batch = data.load({3, 4, 5, 6}, 0, 0);
  EXPECT_EQ(batch.skipped, 2);
  ASSERT_EQ(batch.problems.size(), 2u);
  EXPECT_THAT(batch.problems[0], HasSubstr("4.jpg: truncated JPEG"));
  EXPECT_THAT(batch.problems[1], HasSubstr("6.jpg: cannot be read: No such file"));
  EXPECT_THAT(batch.indices, ElementsAre(3, 5));
  EXPECT_EQ(batch.labels.size(0), 2);
  // The others are augmented as if nothing had been left out.
  EXPECT_TRUE(batch.images[0].equal(whole.images[0]));
  EXPECT_TRUE(batch.images[1].equal(whole.images[2]));

  const auto empty = data.load({4, 6}, 0, 0);
  EXPECT_EQ(empty.images.sizes(), (at::IntArrayRef{0, 3, 32, 32}));
  EXPECT_EQ(empty.skipped, 2);
}

TEST_F(ClassificationDatasetTest, AWrongRootIsAnErrorOfItsOwn) {
  options_.bad_image = BadImage::skip;
  options_.root = folder_.path("elsewhere");
  EXPECT_THAT(construction_error(),
              AllOf(HasSubstr("elsewhere: the data folder does not exist"), HasSubstr("data.root")));
  options_.root = folder_.path("images");
  EXPECT_THAT(construction_error(), AllOf(HasSubstr("no 'images/0.jpg' in it"), HasSubstr("data.root")));
}

}  // namespace
}  // namespace longtail
