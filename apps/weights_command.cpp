#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/command.h"
#include "apps/print.h"
#include "core/engine/convert_weights.h"
#include "core/io/pickle.h"
#include "core/io/safetensors.h"
#include "core/io/weights.h"
#include "core/io/weights_summary.h"
#include "registry/text/counted.h"

namespace longtail::app {
namespace {

struct WeightsArguments {
  std::filesystem::path file;
  std::filesystem::path out;
  std::string key;
  ConfigArguments config;  // of import; may be empty
  bool json = false;
};

void inspect(const WeightsArguments& arguments) {
  const auto path = find_weights(arguments.file);
  const TensorFile file = read_weights(path, arguments.key);
  fmt::print("{}",
             arguments.json ? visible_json(weights_json(path, file)) + "\n" : visible_lines(weights_text(path, file)));
}

/// What was written, for programs.
std::string written_json(const std::filesystem::path& file, std::size_t tensors, std::size_t left_out,
                         const std::vector<std::string>& notes) {
  return json_text(
      nlohmann::ordered_json{{"file", file.string()}, {"tensors", tensors}, {"left_out", left_out}, {"notes", notes}});
}

void print_notes(const TensorFile& weights) {
  for (const std::string& note : weights.notes) fmt::print("note: {}\n", visible(note));
}

/// "; 9 under another name (conv1.weight is backbone.conv1.weight ...)", "" when all names stayed.
std::string renamed_text(const TensorFile& before, const TensorFile& after) {
  std::string example;
  std::size_t count = 0;
  for (const auto& [name, tensor] : after.tensors) {
    if (before.find(name) != nullptr) continue;
    ++count;
    if (!example.empty()) continue;
    const auto same = [&tensor = tensor](const auto& item) { return item.second.is_same(tensor); };
    const auto found = std::find_if(before.tensors.begin(), before.tensors.end(), same);
    if (found != before.tensors.end())
      example = fmt::format(" ({} is {} ...)", printable(found->first), printable(name));
  }
  return count > 0 ? fmt::format("; {} under another name{}", count, example) : "";
}

void import(const WeightsArguments& arguments, const Globals& globals) {
  if (!arguments.config.config.empty()) {
    const auto [catalog, plan] = arguments.config.read(globals);
    const WeightReport report = convert_weights(plan, catalog, arguments.file, arguments.key, arguments.out);
    fmt::print("{}", arguments.json ? visible_json(report.json()) + "\n" : visible_lines(report.text()));
    return;
  }
  const TensorFile weights = read_weights(arguments.file, arguments.key);
  const TensorFile file = to_longtail(weights);
  write_safetensors(arguments.out, file);
  const std::size_t left_out = weights.tensors.size() - file.tensors.size();
  if (arguments.json) {
    fmt::print("{}", written_json(arguments.out, file.tensors.size(), left_out, weights.notes));
    return;
  }
  fmt::print("{}: {}{}{}\n", visible(arguments.out.native()), counted(file.tensors.size(), "tensor"),
             renamed_text(weights, file),
             left_out > 0 ? fmt::format("; {} that our models do not have left out", left_out) : "");
  print_notes(weights);
}

void export_names(const WeightsArguments& arguments) {
  const TensorFile weights = read_weights(arguments.file, arguments.key);
  const TensorFile file = to_torchvision(weights);
  write_safetensors(arguments.out, file);
  const std::size_t left_out = weights.tensors.size() - file.tensors.size();
  if (arguments.json) {
    fmt::print("{}", written_json(arguments.out, file.tensors.size(), left_out, weights.notes));
  } else {
    fmt::print("{}: {} with torchvision's names; {} of losses and paradigms left out\n",
               visible(arguments.out.native()), counted(file.tensors.size(), "tensor"), left_out);
    print_notes(weights);
  }
}

/// safetensors is what we write; a name that promises something else would deceive.
std::string check_out(const std::string& name) {
  return std::filesystem::path(name).extension() == ".safetensors" ? "" : "must end in .safetensors";
}

}  // namespace

void add_weights_command(CLI::App& app, Globals& globals) {
  constexpr const char* key_help = "Which weights of a file that holds several, such as teacher or state_dict_ema";
  auto arguments = std::make_shared<WeightsArguments>();
  CLI::App* verb = app.add_subcommand("weights", "Look at files of weights and convert them");
  verb->require_subcommand(1);

  CLI::App* look = verb->add_subcommand("inspect", "List the tensors of a file");
  look->add_option("FILE", arguments->file, "A .safetensors, .pth or .pt file, or a run folder")->required();
  look->add_option("--key", arguments->key, key_help);
  look->add_flag("--json", arguments->json, "Print JSON");
  look->callback([arguments] { inspect(*arguments); });

  CLI::App* in = verb->add_subcommand("import", "Convert another program's weights to ours");
  in->add_option("FILE", arguments->file, "A .safetensors, .pth or .pt file")->required();
  in->add_option("--out", arguments->out, "File to write, .safetensors")->required()->check(check_out);
  in->add_option("--config", arguments->config.config, "Fit them into the model of this experiment, with a report");
  in->add_option("--set", arguments->config.overrides, "key.sub=value for that experiment")->allow_extra_args(false);
  in->add_option("--key", arguments->key, key_help);
  in->add_flag("--json", arguments->json, "Print JSON");
  in->callback([arguments, &globals] { import(*arguments, globals); });

  CLI::App* out = verb->add_subcommand("export", "Convert our weights to torchvision's names");
  out->add_option("FILE", arguments->file, "A file of weights or a run folder")->required();
  out->add_option("--out", arguments->out, "File to write, .safetensors")->required()->check(check_out);
  out->add_option("--key", arguments->key, key_help);
  out->add_flag("--json", arguments->json, "Print JSON");
  out->callback([arguments] { export_names(*arguments); });
}

}  // namespace longtail::app
