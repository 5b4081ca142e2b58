#include "core/engine/checkpoint.h"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include <longtail/error.h>

#include "core/io/safetensors.h"
#include "core/io/weights.h"
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

// Whatever bit turns, in the data or in what the header tells of them.
TEST_F(CheckpointTest, ATurnedBitIsNoticed) {
  save(2);
  const std::string stem = save(3);
  for (const fs::path& file : checkpoint_files(folder_, stem)) {
    std::ifstream stream(file, std::ios::binary);
    const std::string whole{std::istreambuf_iterator<char>(stream), {}};
    for (std::size_t at = 0; at < whole.size(); at += 7) {
      std::string turned = whole;
      turned[at] ^= 0x04;
      std::ofstream(file, std::ios::binary) << turned;
      std::string warning;
      const FoundCheckpoint found = load_newest_checkpoint(folder_, [&](const std::string& text) { warning = text; });
      if (found.stem == stem) {  // the bit was in the checksum's own name
        EXPECT_NE(turned.find("\"checksum\""), whole.find("\"checksum\"")) << file << " byte " << at;
        continue;
      }
      EXPECT_EQ(found.stem, "epoch_0002") << file << " byte " << at;
      EXPECT_NE(warning.find(file.filename().string()), std::string::npos) << warning;
    }
    std::ofstream(file, std::ios::binary) << whole;
  }
  EXPECT_EQ(load_newest_checkpoint(folder_, [](const std::string&) {}).stem, stem);
}

TEST_F(CheckpointTest, ACopyUnderAnotherNumberIsNotTheNewest) {
  save(3);
  const std::string newest = save(4);
  for (const char* name : {"epoch_0100", "epoch_0005_step_000007", "epoch_99999999999999999999999"}) {
    const auto from = checkpoint_files(folder_, "epoch_0003"), to = checkpoint_files(folder_, name);
    for (std::size_t i = 0; i < from.size(); ++i) fs::copy_file(from[i], to[i]);
  }
  std::string warning;
  const FoundCheckpoint found = load_newest_checkpoint(folder_, [&](const std::string& text) { warning = text; });
  EXPECT_EQ(found.stem, newest);
  EXPECT_EQ(found.damaged.size(), 3u);
  EXPECT_NE(warning.find("not that of the moment that it holds, which is epoch_0003"), std::string::npos) << warning;
}

TEST_F(CheckpointTest, OneWithoutAChecksumIsRead) {
  const std::string stem = save(3);
  for (const fs::path& file : checkpoint_files(folder_, stem)) {
    TensorFile read = read_safetensors(file);
    ASSERT_EQ(read.metadata.erase("checksum"), 1u);
    for (auto& [name, tensor] : read.tensors) tensor = tensor.clone();  // the file that they lie in is replaced
    write_safetensors(file, read);
  }
  EXPECT_EQ(load_checkpoint(folder_, stem).progress.epoch, 3);
}

TEST_F(CheckpointTest, KeepsTheNewest) {
  for (std::int64_t epoch : {1, 2, 10}) save(epoch);
  prune_checkpoints(folder_, 2);
  EXPECT_EQ(list_checkpoints(folder_), (std::vector<std::string>{"epoch_0002", "epoch_0010"}));
}

// As text epoch_10000 comes before epoch_9999: it was removed as soon as it was written.
TEST_F(CheckpointTest, TheNewestIsTheOneWithTheLargestNumber) {
  for (std::int64_t epoch : {9998, 9999, 10000, 10001, 100000}) {
    save(epoch);
    prune_checkpoints(folder_, 2);
    EXPECT_EQ(list_checkpoints(folder_).back(), checkpoint_stem(state(epoch).progress));
  }
  EXPECT_EQ(list_checkpoints(folder_), (std::vector<std::string>{"epoch_10001", "epoch_100000"}));
  EXPECT_EQ(find_weights(temporary_.path()).filename(), "epoch_100000.safetensors");
}

TEST_F(CheckpointTest, StepsAreOrderedByNumber) {
  std::vector<std::string> stems;
  for (std::int64_t step : {0, 1, 999'999, 1'000'000, 1'000'001, 20'000'000}) {
    TrainingState made = state(3);
    made.progress.iteration_in_epoch = step;
    stems.push_back(checkpoint_stem(made.progress));
    save_checkpoint(folder_, stems.back(), made);
  }
  stems.push_back(save(4));
  EXPECT_EQ(list_checkpoints(folder_), stems);
}

TEST_F(CheckpointTest, FilesOfOthersAreLeftAlone) {
  save(1);
  for (const char* name : {"epoch_0001_mine", "epoch_best", "epoch_", "epoch_0001_step_", "best"}) {
    save_checkpoint(folder_, name, state(1));
  }
  EXPECT_EQ(list_checkpoints(folder_), std::vector<std::string>{"epoch_0001"});
  prune_checkpoints(folder_, 0);
  EXPECT_TRUE(fs::exists(folder_ / "epoch_0001_mine.state.safetensors"));
  EXPECT_TRUE(fs::exists(folder_ / "best.safetensors"));
}

TEST_F(CheckpointTest, TheOneBeforeADamagedOneIsUsedWithAWarning) {
  for (std::int64_t epoch : {1, 2, 3}) save(epoch);
  fs::resize_file(folder_ / "epoch_0003.safetensors", 40);
  fs::resize_file(folder_ / "epoch_0002.state.safetensors", 0);
  std::vector<std::string> warnings;
  const FoundCheckpoint found =
      load_newest_checkpoint(folder_, [&](const std::string& text) { warnings.push_back(text); });
  EXPECT_EQ(found.stem, "epoch_0001");
  EXPECT_EQ(found.state.progress.epoch, 1);
  EXPECT_EQ(found.damaged, (std::vector<std::string>{"epoch_0003", "epoch_0002"}));
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("epoch_0003.safetensors"), std::string::npos) << warnings[0];
  EXPECT_NE(warnings[0].find("the checkpoint before is used: epoch_0001"), std::string::npos) << warnings[0];
  for (const std::string& stem : found.damaged) put_aside_checkpoint(folder_, stem);
  EXPECT_EQ(list_checkpoints(folder_), std::vector<std::string>{"epoch_0001"});
  EXPECT_TRUE(fs::exists(folder_ / "epoch_0003.safetensors.damaged"));
  fs::resize_file(folder_ / "epoch_0001.safetensors", 40);
  EXPECT_THROW(load_newest_checkpoint(folder_, [](const std::string&) {}), DataError);
}

TEST_F(CheckpointTest, ALinkInTheFolderIsNotWrittenThrough) {
  fs::create_directories(folder_);
  std::ofstream(temporary_ / "precious") << "data";
  fs::create_symlink("../precious", folder_ / "epoch_0001.safetensors");
  EXPECT_THROW(save(1), Error);
  EXPECT_EQ(fs::file_size(temporary_ / "precious"), 4u);
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
