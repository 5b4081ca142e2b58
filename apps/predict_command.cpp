#include <memory>

#include <fmt/format.h>

#include "apps/command.h"
#include "apps/print.h"
#include "apps/usage_error.h"
#include "core/engine/inference.h"

namespace longtail::app {
namespace {

struct PredictArguments {
  ConfigArguments config;
  InferenceOptions options;
  PredictRequest request;
};

void run(const PredictArguments& arguments, const Globals& globals) {
  const auto [catalog, plan] = arguments.config.read(globals);
  make_output_folder("--out", arguments.request.output_folder);
  prepare();
  predict(plan, catalog, arguments.options, arguments.request);
  fmt::print("{}\n", visible(arguments.request.output_folder));
}

}  // namespace

void add_predict_command(CLI::App& app, Globals& globals) {
  auto arguments = std::make_shared<PredictArguments>();
  CLI::App* verb =
      app.add_subcommand("predict", "Apply weights to pictures: overlays and detections.json, or predictions.csv");
  arguments->config.add_to(*verb);
  InferenceOptions& options = arguments->options;
  PredictRequest& request = arguments->request;
  verb->add_option("--weights", options.weights, "Weights file (.safetensors, .pth) or run folder")->required();
  verb->add_option("--key", options.key, "Which weights of a file that holds several, such as teacher");
  verb->add_option("images", request.images, "Picture files (JPEG, PNG), or folders, with all below them")->required();
  verb->add_option("--out", request.output_folder, "Folder for the results")->required();
  verb->add_option("--min-score", request.min_score, "Draw what has at least this score")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  verb->add_option("--device", options.device, kDeviceHelp)->capture_default_str();
  verb->callback([arguments, &globals] { run(*arguments, globals); });
}

}  // namespace longtail::app
