// Files of weights that others made: with several sets in them, with objects of their programs, or to do harm.
#include <sys/resource.h>

#include <utility>
#include <vector>

#include "tests/cli/command.h"
#include "tests/support/torch_bytes.h"

namespace longtail::testing {
namespace {

using test::pickled_dict;
using test::pickled_tensor;
using test::pickled_vector;

class WeightsCli : public CliTest {
 protected:
  /// Runs every verb that reads weights on the file: each must end with `code`, in a line that has `part` in it.
  void expect_everywhere(int code, const std::string& part) {
    const std::string pictures = " '" + (data() / "test").string() + "'/*";
    for (const std::string& verb :
         {std::string("weights inspect a.pth"), std::string("weights import a.pth --out out.safetensors"),
          std::string("weights export a.pth --out out.safetensors"),
          std::string("weights import a.pth --out out.safetensors --config quick.yaml"),
          std::string("eval quick.yaml --weights a.pth"), "predict quick.yaml --weights a.pth --out found" + pictures,
          std::string("train quick.yaml --work-dir run --set model.init=a.pth")}) {
      const Outcome outcome = run(verb);
      EXPECT_EQ(outcome.code, code) << verb << "\n" << outcome.err;
      EXPECT_NE(outcome.err.find(part), std::string::npos) << verb << "\n" << outcome.err;
      EXPECT_NE(outcome.err.find("a.pth"), std::string::npos) << verb;
      EXPECT_FALSE(fs::exists(folder_ / "out.safetensors")) << verb;
      fs::remove_all(folder_ / "run");
    }
  }
};

TEST_F(WeightsCli, ExpandedTensorsEndEveryVerbWithALine) {
  std::vector<std::pair<std::string, std::string>> tensors;
  for (int i = 0; i < 40; ++i) {
    tensors.emplace_back("w" + std::to_string(i), pickled_tensor("0", 8, {1 << 14, 1 << 14}, {0, 0}));
  }
  write_file(folder_ / "a.pth", test::torch_bytes(pickled_dict(tensors)));
  expect_everywhere(4, "its tensors claim more than 256 MB");
}

TEST_F(WeightsCli, OverlappingEntriesEndEveryVerbWithALine) {
  const std::string dict = pickled_dict({{"w", pickled_vector(1 << 20)}});
  write_file(folder_ / "a.pth", test::torch_bytes(dict, 1 << 20, 60'000));  // checked one by one: 250 GB
  expect_everywhere(4, "two entries of the archive share bytes");
}

TEST_F(WeightsCli, SeveralSetsAreNamedAndChosen) {
  const std::string weights = pickled_dict({{"conv1.weight", pickled_vector(8)}, {"w", pickled_vector(2)}});
  write_file(folder_ / "a.pth", test::torch_bytes(pickled_dict({{"teacher", weights}, {"student", weights}})));
  expect_everywhere(4, "holds 2 sets of weights: teacher (2 tensors), student (2 tensors); choose one with --key");
  const Outcome inspected = run("weights inspect a.pth --key student");
  EXPECT_EQ(inspected.code, 0) << inspected.err;
  EXPECT_NE(inspected.out.find("part: student"), std::string::npos) << inspected.out;
  const Outcome imported = run("weights import a.pth --key teacher --out out.safetensors");
  EXPECT_EQ(imported.code, 0) << imported.err;
  EXPECT_EQ(imported.out,
            "out.safetensors: 2 tensors; 1 under another name (conv1.weight is backbone.conv1.weight ...)\n");
  EXPECT_NE(run("weights inspect out.safetensors").out.find("\nw "), std::string::npos) << "a bare name got a prefix";
  EXPECT_NE(run("eval quick.yaml --weights a.pth --key teacher").err.find("a.pth: no tensor has the shape"),
            std::string::npos);
}

TEST_F(WeightsCli, AnAverageThatIsLeftIsNamed) {
  const std::string weights = pickled_dict({{"backbone.conv1.weight", pickled_vector(8)}, {"w", pickled_vector(2)}});
  write_file(folder_ / "a.pth", test::torch_bytes(pickled_dict({{"state_dict", weights}, {"ema", weights}})));
  for (const std::string verb : {"weights inspect a.pth", "weights import a.pth --out out.safetensors",
                                 "weights export a.pth --out out.safetensors"}) {
    const std::string note = "took 'state_dict'; the file also holds 'ema' (--key ema takes that)";
    const Outcome told = run(verb);
    EXPECT_EQ(told.code, 0) << told.err;
    EXPECT_NE(told.out.find("note: " + note + "\n"), std::string::npos) << verb << "\n" << told.out;
    EXPECT_NE(run(verb + " --json").out.find(note), std::string::npos) << verb;
    EXPECT_EQ(run(verb + " --key ema").out.find("note: "), std::string::npos) << verb;
  }
  EXPECT_EQ(run("weights inspect out.safetensors").out.find("note: "), std::string::npos);
}

}  // namespace
}  // namespace longtail::testing
