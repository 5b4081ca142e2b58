#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/command.h"
#include "apps/print.h"
#include "apps/usage_error.h"
#include "core/engine/inference.h"
#include "core/engine/run_folder.h"
#include "core/evaluation/metrics_table.h"

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
  EvaluationFacts facts;
  EvaluationRequest request = arguments.request;
  request.facts = &facts;
  const Metrics metrics = evaluate(plan, catalog, arguments.options, request);
  const std::string partial = partial_note(arguments.options.limit_batches);
  if (arguments.json) {
    nlohmann::ordered_json json(metrics);
    for (const auto& [fact, text] : facts) json[fact] = text;
    if (!partial.empty()) json["partial"] = partial;
    fmt::print("{}", json_text(json));
    return;
  }
  fmt::print("{} on {}, {}\n{}", visible(plan.config.name), arguments.request.split, visible(arguments.options.weights),
             metrics_table(metrics));
  if (!partial.empty()) fmt::print("{}\n", partial);
}

}  // namespace

void add_eval_command(CLI::App& app, Globals& globals) {
  auto arguments = std::make_shared<EvalArguments>();
  CLI::App* verb = app.add_subcommand("eval", "Evaluate weights");
  arguments->config.add_to(*verb);
  InferenceOptions& options = arguments->options;
  verb->add_option("--weights", options.weights, "Weights file (.safetensors, .pth) or run folder")->required();
  verb->add_option("--key", options.key, "Which weights of a file that holds several, such as teacher");
  verb->add_option("--split", arguments->request.split, "val or train")
      ->check(CLI::IsMember({"val", "train"}))
      ->capture_default_str();
  verb->add_option("--device", options.device, kDeviceHelp)->capture_default_str();
  verb->add_option("--limit-batches", options.limit_batches,
                   "Evaluate on the first so many batches only: no result, and marked so")
      ->check(whole_number(0));
  verb->add_option("--out", arguments->request.output_folder,
                   "Folder for per-class tables, the learned confusion matrix and detections.json");
  verb->add_flag("--json", arguments->json, "Print JSON, fractions in [0, 1]");
  verb->callback([arguments, &globals] { run(*arguments, globals); });
}

}  // namespace longtail::app
