#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/command.h"
#include "apps/print.h"
#include "apps/usage_error.h"
#include "core/engine/inference.h"

namespace longtail::app {
namespace {

struct EvalArguments {
  ConfigArguments config;
  InferenceOptions options;
  EvaluationRequest request;
  bool json = false;
};

void run(const EvalArguments& arguments, const Globals& globals) {
  const auto [catalog, plan] = arguments.config.read(globals);
  make_output_folder("--out", arguments.request.output_folder);
  prepare();
  const Metrics metrics = evaluate(plan, catalog, arguments.options, arguments.request);
  if (arguments.json) {
    fmt::print("{}", json_text(nlohmann::ordered_json(metrics)));
  } else {
    fmt::print("{} on {}, {}\n{}\n", visible(plan.config.name), arguments.request.split,
               visible(arguments.options.weights), format_metrics(metrics, "\n"));
    if (arguments.options.limit_batches > 0)
      fmt::print("(of {} batches only: no result)\n", arguments.options.limit_batches);
  }
}

}  // namespace

void add_eval_command(CLI::App& app, Globals& globals) {
  auto arguments = std::make_shared<EvalArguments>();
  CLI::App* verb = app.add_subcommand("eval", "Evaluate weights");
  arguments->config.add_to(*verb);
  InferenceOptions& options = arguments->options;
  verb->add_option("--weights", options.weights, "Weights file (.safetensors, .pth) or run folder")->required();
  verb->add_option("--split", arguments->request.split, "val or train")
      ->check(CLI::IsMember({"val", "train"}))
      ->capture_default_str();
  verb->add_option("--device", options.device, "cpu, cuda or cuda:0")->capture_default_str();
  verb->add_option("--limit-batches", options.limit_batches,
                   "Evaluate on so many batches only; the other pictures count as if nothing was found on them")
      ->check(whole_number(0));
  verb->add_option("--out", arguments->request.output_folder,
                   "Folder for per-class tables, the learned confusion matrix and detections.json");
  verb->add_flag("--json", arguments->json, "Print JSON, fractions in [0, 1]");
  verb->callback([arguments, &globals] { run(*arguments, globals); });
}

}  // namespace longtail::app
