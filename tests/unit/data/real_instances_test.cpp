#include <gmock/gmock.h>
#include <longtail/sampler.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include "core/data/instance_dataset.h"
#include "tests/support/plugins.h"

namespace longtail {
namespace {

/// The annotations of real photos (the photos themselves are not read); a machine without them skips these tests.
class RealInstances : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("LONGTAIL_TEST_DATA");
    if (folder == nullptr || !std::filesystem::exists(std::string(folder) + "/clothing_lvis/train.json")) {
      GTEST_SKIP() << "LONGTAIL_TEST_DATA does not name a folder with clothing_lvis";
    }
    set_ = std::make_shared<AnnotationSet>(read_annotations(std::string(folder) + "/clothing_lvis/train.json"));
    // One picture under the first one's name is enough for the check of the folder.
    std::filesystem::create_directories(root());
    std::ofstream(root() / set_->images[0].file_name) << "never read";
  }
  std::filesystem::path root() const { return std::filesystem::path(LONGTAIL_BINARY_DIR) / "tests" / "real_instances"; }
  InstanceDataset dataset() const {
    InstanceDataset::Options options;
    options.root = root().string();
    return {options, set_, InstanceTransform({})};
  }

  std::shared_ptr<const AnnotationSet> set_;
};

TEST_F(RealInstances, StatisticsAreThoseOfTheFile) {
  const InstanceDataset data = dataset();
  EXPECT_EQ(data.size(), 602);
  const DatasetStatistics facts = data.statistics();
  ASSERT_EQ(facts.num_classes, 53);
  std::map<char, int> groups;
  for (std::size_t c = 0; c < 53; ++c) {
    EXPECT_EQ(facts.image_counts[c], set_->categories[c].image_count) << set_->categories[c].name;
    EXPECT_EQ(facts.instance_counts[c], set_->categories[c].instance_count) << set_->categories[c].name;
    ++groups[set_->categories[c].frequency];
  }
  EXPECT_EQ(groups['f'], 12);
  EXPECT_EQ(groups['c'], 29);
  EXPECT_EQ(groups['r'], 12);
}

// r(c) = max(1, sqrt(t / f(c))), f(c) the fraction of the images with class c; an image takes the largest of its
// classes.
TEST_F(RealInstances, RepeatFactorsFollowTheDefinition) {
  constexpr double kThreshold = 0.05;
  std::map<std::int32_t, double> images_with;
  std::vector<std::set<std::int32_t>> classes;
  for (const ImageRecord& image : set_->images) {
    classes.emplace_back();
    for (std::int64_t i = image.first_object; i < image.first_object + image.num_objects; ++i) {
      classes.back().insert(set_->objects[static_cast<std::size_t>(i)].class_index);
    }
    for (const std::int32_t c : classes.back()) ++images_with[c];
  }
  const Catalog catalog = testing::catalog_of({"rfs"});
  const DatasetStatistics facts = dataset().statistics();
  SamplerContext context;
  context.statistics = &facts;
  const auto copies = [&](const std::string& text, std::int64_t epoch) {
    std::vector<double> counts(602);
    const auto sampler = testing::make<Sampler>(catalog, text, context);
    for (const std::int64_t index : sampler->indices(epoch)) ++counts[static_cast<std::size_t>(index)];
    return counts;
  };
  const auto ceiled = copies("{type: rfs, threshold: 0.05}", 0);
  std::vector<double> mean(602);
  for (std::int64_t epoch = 0; epoch < 200; ++epoch) {
    const auto drawn = copies("{type: rfs, threshold: 0.05, rounding: stochastic}", epoch);
    for (std::size_t i = 0; i < 602; ++i) mean[i] += drawn[i] / 200;
  }
  double repeated = 0;
  for (std::size_t i = 0; i < 602; ++i) {
    double factor = 1;
    for (const std::int32_t c : classes[i]) factor = std::max(factor, std::sqrt(kThreshold / (images_with[c] / 602)));
    EXPECT_EQ(ceiled[i], std::ceil(factor)) << i;
    EXPECT_NEAR(mean[i], factor, 0.2) << i;  // 5 standard deviations of the mean of 200 draws, at most 0.5 each
    repeated += factor > 1;
  }
  EXPECT_GT(repeated, 50);
}

}  // namespace
}  // namespace longtail
