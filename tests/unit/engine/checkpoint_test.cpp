#include "core/engine/checkpoint.h"

#include <fstream>

#include <gtest/gtest.h>

#include <longtail/error.h>

#include "tests/support/temporary_folder.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;

class CheckpointTest : public testing::Test {
 protected:
  const test::TemporaryFolder temporary_;
  const fs::path folder_ = temporary_ / "checkpoints";  // made by the first that is saved

  TrainingState state(std::int64_t epoch) const {
    TrainingState state;
    state.progress = Progress{epoch, epoch * 10, 0, 10};
    state.phase_key = "key";
    state.weights = {{"w", at::arange(6, at::kFloat).view({2, 3}).mul(static_cast<double>(epoch))}};
    state.momentum = {{"w", at::ones({2, 3})}};
    return state;
  }
  std::string save(std::int64_t epoch) const {
    const TrainingState made = state(epoch);
    save_checkpoint(folder_, checkpoint_stem(made.progress), made);
    return checkpoint_stem(made.progress);
  }
};

TEST_F(CheckpointTest, ReadsBackWhatWasWritten) {
  const TrainingState read = load_checkpoint(folder_, save(3));
  EXPECT_EQ(read.progress.epoch, 3);
  EXPECT_EQ(read.progress.iteration, 30);
  EXPECT_EQ(read.phase_key, "key");
  ASSERT_EQ(read.weights.size(), 1u);
  EXPECT_TRUE(at::equal(read.weights[0].second, state(3).weights[0].second));
  ASSERT_EQ(read.momentum.size(), 1u);
  EXPECT_EQ(read.momentum[0].first, "w");
  EXPECT_TRUE(read.average.empty());
}

TEST_F(CheckpointTest, KeepsTheNewest) {
  for (std::int64_t epoch : {1, 2, 10}) save(epoch);
  prune_checkpoints(folder_, 2);
  EXPECT_EQ(list_checkpoints(folder_), (std::vector<std::string>{"epoch_0002", "epoch_0010"}));
}

TEST_F(CheckpointTest, WeightsWithoutStateAreNoCheckpoint) {
  const std::string stem = save(1);
  fs::remove(folder_ / (stem + ".state.safetensors"));
  EXPECT_TRUE(list_checkpoints(folder_).empty());
}

TEST_F(CheckpointTest, ATruncatedFileIsNamed) {
  const std::string stem = save(1);
  fs::resize_file(folder_ / (stem + ".safetensors"), 40);
  try {
    load_checkpoint(folder_, stem);
    FAIL();
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("epoch_0001.safetensors"), std::string::npos) << error.what();
  }
}

TEST_F(CheckpointTest, WeightsOfAnotherMomentAreRefused) {
  save(1);
  save(2);
  fs::copy_file(folder_ / "epoch_0001.safetensors", folder_ / "epoch_0002.safetensors",
                fs::copy_options::overwrite_existing);
  EXPECT_THROW(load_checkpoint(folder_, "epoch_0002"), DataError);
}

TEST_F(CheckpointTest, WeightsOfTheSameValuesAreTheSameBytes) {
  const std::string stem = save(1);
  const auto read = [&] {
    std::ifstream stream(folder_ / (stem + ".safetensors"), std::ios::binary);
    return std::string{std::istreambuf_iterator<char>(stream), {}};
  };
  const std::string before = read();
  save(1);
  EXPECT_EQ(read(), before);
}

}  // namespace
}  // namespace longtail
