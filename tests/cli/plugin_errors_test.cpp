// What a user is told of a loss that is wrong: by `plugins check` before the training, and by the training.
#include <algorithm>

#include "tests/cli/command.h"

namespace longtail::testing {
namespace {

class PluginErrorsCli : public CliTest {
 protected:
  static std::string file() {
    return fs::canonical(LONGTAIL_BAD_PLUGINS "/bad_losses/bad_losses.longtail.so").string();
  }
  static std::string named(const std::string& loss) { return "loss '" + loss + "' (" + file() + ")"; }

  Outcome train(const std::string& loss) {
    return run("train quick.yaml --plugin-dir '" + fs::path(file()).parent_path().string() + "' --set loss=" + loss +
               " --work-dir run --limit-batches 3");
  }
};

TEST_F(PluginErrorsCli, CheckSaysEachMistakeOnceWithTheLossAndItsFile) {
  const Outcome outcome = run("plugins check '" + file() + "'");
  EXPECT_EQ(outcome.code, 2);  // of the first, the one whose parameters are wrong
  const std::string expected[] = {
      "defaults of loss 'binds_twice': error: 'gamma' and 'focus' of loss 'binds_twice' are bound to one variable; "
      "give "
      "each one of its own\n",
      "error: " + named("counts") +
          ": it keeps state outside of its buffers: of two equal calls the value of loss_cls "
          "differs, and no buffer has changed; ",
      "error: " + named("keeps_graph") +
          ", logits of -120 and 120: its state is updated with gradient, so that the second "
          "step fails: ",
      "error: " + named("lacks_memory") + ", when it is made: out of memory\n",
      "error: " + named("throws_in_forward") + ", 4 samples: there is no table of costs\n",
      "error: " + named("throws_when_made") + ", when it is made: there is no table of costs\n"};
  for (const std::string& line : expected) EXPECT_NE(outcome.err.find(line), std::string::npos) << outcome.err;
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 6) << outcome.err;
}

TEST_F(PluginErrorsCli, TrainingNamesTheLossAndItsFile) {
  const Outcome forward = train("throws_in_forward");
  EXPECT_EQ(forward.code, 1);
  EXPECT_NE(
      forward.err.find("error: epoch 1, iteration 0: " + named("throws_in_forward") + ": there is no table of costs\n"),
      std::string::npos)
      << forward.err;
  const Outcome wrapped = train("'{type: pcb, base: throws_in_forward}'");
  EXPECT_NE(wrapped.err.find(named("throws_in_forward") + ": there is no table of costs\n"), std::string::npos)
      << wrapped.err;
  const Outcome exhausted = train("lacks_memory");
  EXPECT_EQ(exhausted.code, 1);
  EXPECT_NE(exhausted.err.find("error: " + named("lacks_memory") +
                               ": out of memory; a smaller batch_size or image size needs less\n"),
            std::string::npos)
      << exhausted.err;
  const Outcome made = train("throws_when_made");
  EXPECT_EQ(made.code, 1);
  EXPECT_NE(made.err.find("error: " + named("throws_when_made") + ": there is no table of costs\n"), std::string::npos)
      << made.err;
}

TEST_F(PluginErrorsCli, TrainingSaysWhatASecondBackwardMeans) {
  const Outcome outcome = train("keeps_graph");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("epoch 1, iteration 1: LibTorch: Trying to backward through the graph a second time"),
            std::string::npos)
      << outcome.err;
  EXPECT_NE(
      outcome.err.find("a loss or another part updates its state with gradient, and `longtail plugins check FILE` "
                       "tells which\n"),
      std::string::npos)
      << outcome.err;
}

}  // namespace
}  // namespace longtail::testing
