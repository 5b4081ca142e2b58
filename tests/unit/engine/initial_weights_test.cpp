#include "core/engine/initial_weights.h"

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/io/safetensors.h"
#include "tests/support/temporary_folder.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;

class InitialWeights : public testing::Test {
 protected:
  void save(std::int64_t epoch, bool average) const {
    TrainingState state;
    state.progress = Progress{epoch, epoch * 10, 0, 10};
    state.weights = {{"w", at::full({2}, static_cast<double>(epoch))}, {"counts", at::ones({3})}};
    if (average) state.average = {{"w", at::full({2}, 100.0 + static_cast<double>(epoch))}};
    save_checkpoint(folder_ / "checkpoints", checkpoint_stem(state.progress), state);
  }
  float first(const TensorFile& file) const { return file.find("w")->select(0, 0).item<float>(); }
  TensorFile read() {
    return read_initial_weights(folder_.path(), [this](const std::string& text) { warnings_.push_back(text); });
  }

  const test::TemporaryFolder folder_;
  std::vector<std::string> warnings_;
};

TEST_F(InitialWeights, OfARunAreTheNewestAveragedOnes) {
  save(9, true);
  save(10000, true);
  EXPECT_EQ(first(read()), 10100);
  EXPECT_EQ(read().tensors.size(), 2u);
  save(10001, false);
  EXPECT_EQ(first(read()), 10001);
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(InitialWeights, ADamagedCheckpointIsPassedOverWithAWarning) {
  save(1, false);
  save(2, false);
  fs::resize_file(folder_ / "checkpoints/epoch_0002.safetensors", 20);
  EXPECT_EQ(first(read()), 1);
  EXPECT_EQ(warnings_.size(), 1u);
}

TEST_F(InitialWeights, OfAFileAreThatFile) {
  write_safetensors(folder_ / "a.safetensors", {{}, {{"w", at::full({2}, 7.0)}}});
  EXPECT_EQ(first(read_initial_weights(folder_ / "a.safetensors", {})), 7);
  EXPECT_EQ(first(read()), 7) << "a folder of weights that is no run";
}

TEST_F(InitialWeights, TheirFingerprintFollowsTheNewestCheckpoint) {
  save(1, false);
  const std::string before = fingerprint_weights(folder_.path().string());
  EXPECT_EQ(fingerprint_weights(folder_.path().string()), before);
  save(2, false);
  EXPECT_NE(fingerprint_weights(folder_.path().string()), before);
  EXPECT_EQ(fingerprint_weights(""), "");
}

}  // namespace
}  // namespace longtail
