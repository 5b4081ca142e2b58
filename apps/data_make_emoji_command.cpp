#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "apps/data_command.h"
#include "core/data/emoji_classification.h"

namespace longtail::app {

void add_data_make_emoji_command(CLI::App& data, Globals&) {
  auto options = std::make_shared<EmojiClassificationOptions>();
  auto task = std::make_shared<std::string>("classification");
  CLI::App& verb = *data.add_subcommand("make-emoji", "Draw a small long-tailed data set from the emoji font");
  verb.add_option("--task", *task, "classification")->check(CLI::IsMember({"classification"}))->capture_default_str();
  verb.add_option("--out", options->out, "Folder to make; must not exist")->required();
  verb.add_option("--classes", options->classes, "Up to 60; five after the other look alike")->capture_default_str();
  verb.add_option("--size", options->size, "Side of a picture, pixels")->capture_default_str();
  verb.add_option("--max-count", options->max_count, "Training pictures of the largest class")->capture_default_str();
  verb.add_option("--imbalance", options->imbalance, "Largest class / smallest class")->capture_default_str();
  verb.add_option("--test-count", options->test_count, "Test pictures of each class")->capture_default_str();
  verb.add_option("--difficulty", options->difficulty, "0: clean and upright ... 1: small, turned, tinted, noisy")
      ->capture_default_str();
  verb.add_option("--seed", options->seed, "Another seed, other pictures")->capture_default_str();
  verb.add_option("--format", options->format, "png or jpg")->capture_default_str();
  verb.add_option("--font", options->font, "NotoColorEmoji.ttf, where it is in none of the usual places");
  verb.add_option("--threads", options->threads, "0: one for each core")->capture_default_str();
  verb.callback([options, task] {
    const EmojiClassificationSummary made = make_emoji_classification(*options);
    const auto [few, many] = std::minmax_element(made.train_counts.begin(), made.train_counts.end());
    fmt::print("{}: {} training pictures ({} ... {} a class), {} test pictures, {} classes\n", options->out, made.train,
               *many, *few, made.test, made.train_counts.size());
  });
}

}  // namespace longtail::app
