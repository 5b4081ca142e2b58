#include <memory>

#include <fmt/format.h>

#include <longtail/error.h>

#include "apps/command.h"
#include "apps/print.h"
#include "apps/signals.h"
#include "core/engine/experiment.h"
#include "core/engine/run_folder.h"
#include "core/evaluation/metrics_table.h"
#include "core/system/tuning.h"

namespace longtail::app {
namespace {

namespace fs = std::filesystem;

struct TrainArguments {
  ConfigArguments config;
  TrainOptions options;
  std::string work_dir;
  std::string cache_dir;
  std::int64_t seed = -1;
};

/// The seed with the place that set it.
Node seed_node(std::int64_t seed) {
  Node node = Node::of(seed);
  node.set_mark({std::make_shared<const std::string>(fmt::format("--seed {}", seed)), 0, 0});
  return node;
}

void run(const TrainArguments& arguments, const Globals& globals) {
  const auto [catalog, plan] = arguments.config.read(globals, [&](Node& config) {
    if (arguments.seed >= 0) config.set("seed", seed_node(arguments.seed));
  });
  TrainOptions options = arguments.options;
  options.work_dir = arguments.work_dir.empty() ? default_run_folder(plan.resolved) : fs::path(arguments.work_dir);
  options.cache_dir = arguments.cache_dir;
  prepare_process();  // the run's log has the note about BLAS; train() settles the threads
  // Until then there is nothing to save: a signal ends the program at once.
  options.before_training = stop_gently_on_signals;
  const RunResult result = train(plan, catalog, options);
  fmt::print("{}", metrics_table(result.metrics));
  if (result.limit_batches > 0) fmt::print("{}\n", partial_note(result.limit_batches));
  fmt::print("{}\n", visible((options.work_dir / "result.json").native()));
}

}  // namespace

void add_train_command(CLI::App& app, Globals& globals) {
  auto arguments = std::make_shared<TrainArguments>();
  CLI::App* verb = app.add_subcommand("train", "Train an experiment and evaluate it");
  arguments->config.add_to(*verb);
  verb->add_option("--work-dir", arguments->work_dir, "Run folder; work_dirs/<name> by default");
  verb->add_option("--cache-dir", arguments->cache_dir, "Folder of finished phases, shared by runs");
  CLI::Option* resume =
      verb->add_flag("--resume", arguments->options.resume,
                     "Go on with the run in the folder, with its number of threads; schedule.epochs may have grown");
  verb->add_flag("--overwrite", arguments->options.overwrite,
                 "Remove the run in the folder (its files only) and begin anew")
      ->excludes(resume);
  verb->add_flag("--allow-changed-data", arguments->options.allow_changed_data,
                 "Go on though files of the data have changed since the run began; the result will tell")
      ->needs(resume);
  verb->add_option("--device", arguments->options.device, kDeviceHelp)->capture_default_str();
  verb->add_option("--seed", arguments->seed, "Instead of the configuration's seed")->check(whole_number(0));
  verb->add_option("--limit-batches", arguments->options.limit_batches, "Stop every epoch after so many batches")
      ->check(whole_number(0));
  verb->callback([arguments, &globals] {
    arguments->options.command_line = globals.command_line;
    run(*arguments, globals);
  });
}

}  // namespace longtail::app
