#include <csignal>
#include <memory>

#include <fmt/format.h>

#include "apps/command.h"
#include "core/engine/experiment.h"
#include "core/engine/trainer.h"

namespace longtail::app {
namespace {

struct TrainArguments {
  ConfigArguments config;
  TrainOptions options;
  std::string work_dir;
  std::string cache_dir;
  std::int64_t seed = -1;
};

/// The first signal lets the step under way end and a checkpoint be written; the second one ends the program.
void on_signal(int signal) {
  Trainer::stop_requested() = true;
  std::signal(signal, SIG_DFL);
}

void run(const TrainArguments& arguments, const Globals& globals) {
  Node composed = arguments.config.compose(globals);
  if (arguments.seed >= 0) composed.set("seed", Node::of(arguments.seed));
  const Catalog catalog = globals.load_catalog(&composed);
  const ExperimentPlan plan = read_plan(composed, arguments.config.config, catalog);
  TrainOptions options = arguments.options;
  options.work_dir = arguments.work_dir.empty() ? fmt::format("work_dirs/{}", plan.config.name) : arguments.work_dir;
  options.cache_dir = arguments.cache_dir;
  prepare();
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  const RunResult result = train(plan, composed, catalog, options);
  fmt::print("{}\n", (options.work_dir / "result.json").string());
}

}  // namespace

void add_train_command(CLI::App& app, Globals& globals) {
  auto arguments = std::make_shared<TrainArguments>();
  CLI::App* verb = app.add_subcommand("train", "Train an experiment and evaluate it");
  arguments->config.add_to(*verb);
  verb->add_option("--work-dir", arguments->work_dir, "Run folder; work_dirs/<name> by default");
  verb->add_option("--cache-dir", arguments->cache_dir, "Folder of finished phases, shared by runs");
  verb->add_flag("--resume", arguments->options.resume, "Go on with the run in the folder");
  verb->add_option("--device", arguments->options.device, "cpu, cuda or cuda:0")->capture_default_str();
  verb->add_option("--seed", arguments->seed, "Instead of the configuration's seed")->check(whole_number(0));
  verb->add_option("--limit-batches", arguments->options.limit_batches, "Stop every epoch after so many batches")
      ->check(whole_number(0));
  verb->callback([arguments, &globals] {
    arguments->options.command_line = globals.command_line;
    run(*arguments, globals);
  });
}

}  // namespace longtail::app
