#include <gtest/gtest.h>
#include <longtail/config/suggest.h>

namespace longtail {
namespace {

TEST(Suggest, FindsTheWordThatWasMeant) {
  const std::vector<std::string> names = {"gamma", "alpha", "learning_rate", "weight_decay", "focal", "pcb", "p"};
  struct Case {
    const char* word;
    const char* expected;
  };
  const Case cases[] = {
      {"gama", "gamma"},
      {"gmama", "gamma"},
      {"Gamma", "gamma"},
      {"focla", "focal"},
      {"pbc", "pcb"},
      {"learning-rate", "learning_rate"},
      {"lr", "learning_rate"},
      {"wd", "weight_decay"},
      {"learning", "learning_rate"},
      {"q", ""},
      {"zebra", ""},
      {"", ""},
      {"x", ""},
      {"softmax", ""},
  };
  for (const Case& c : cases) EXPECT_EQ(nearest(c.word, names), c.expected) << c.word;
}

TEST(Suggest, WritesTheQuestion) {
  EXPECT_EQ(did_you_mean("gama", {"gamma"}), " (did you mean 'gamma'?)");
  EXPECT_EQ(did_you_mean("zebra", {"gamma"}), "");
  EXPECT_EQ(did_you_mean("zebra", {}), "");
}

TEST(Suggest, SurvivesEndlessWords) { EXPECT_EQ(nearest(std::string(100000, 'a'), {std::string(100000, 'b')}), ""); }

}  // namespace
}  // namespace longtail
