#include "core/io/weight_names.h"
#include "registry/text/affixes.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>
#include <absl/strings/strip.h>

#include <algorithm>

namespace longtail {
namespace {

// What wraps a model in other programs: DataParallel, torch.compile, Lightning and mmdetection modules, MoCo.
constexpr std::string_view wrappers[] = {"module.",  "_orig_mod.", "model.",  "net.",
                                         "network.", "encoder_q.", "encoder."};
constexpr std::string_view last_layers[] = {"fc.",          "linear.",        "head.fc.", "head.",
                                            "last_linear.", "classifier.fc.", "logits.",  "output."};
constexpr std::string_view rooms[] = {"backbone.", "classifier.", "paradigm.", "loss."};
constexpr std::string_view backbone = "backbone.";
constexpr std::string_view classifier = "classifier.";

absl::string_view view(std::string_view text) { return {text.data(), text.size()}; }

std::string join(std::string_view a, std::string_view b) { return absl::StrCat(view(a), view(b)); }

/// The name without any of the wrappers, longest first.
std::vector<std::string_view> unwrapped(std::string_view name) {
  std::vector<std::string_view> names{name};
  for (bool found = true; found;) {
    found = false;
    for (const auto wrapper : wrappers) {
      if (!starts_with(names.back(), wrapper)) continue;
      names.push_back(names.back().substr(wrapper.size()));
      found = true;
      break;
    }
  }
  return names;
}

std::string with_downsample(std::string_view name) {
  return absl::StrReplaceAll(view(name), {{".shortcut.", ".downsample."}});
}

/// True for the names of a ResNet's body: the stem and "layer1." and so on.
bool is_of_resnet(std::string_view name) {
  if (starts_with(name, "conv1.") || starts_with(name, "bn1.")) return true;
  constexpr std::string_view stage = "layer";
  const auto digit = stage.size();
  return starts_with(name, stage) && name.size() > digit + 1 && name[digit] >= '1' && name[digit] <= '9' &&
         name[digit + 1] == '.';
}

/// "fc.weight" -> "classifier.weight"; "" for what is no last layer.
std::string as_classifier(std::string_view name) {
  for (const auto layer : last_layers) {
    if (!starts_with(name, layer)) continue;
    const auto rest = name.substr(layer.size());
    if (rest == "weight" || rest == "bias") return join(classifier, rest);
  }
  return {};
}

}  // namespace

std::vector<std::string> possible_names(std::string_view foreign) {
  std::vector<std::string> names;
  const auto add = [&](std::string name) {
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
  };
  for (const auto name : unwrapped(foreign)) {
    add(std::string(name));
    add(with_downsample(name));
    add(as_classifier(name));
    add(join(backbone, with_downsample(name)));
  }
  return names;
}

std::string likely_name(std::string_view foreign) {
  const auto name = unwrapped(foreign).back();
  const auto is_ours = [&](std::string_view room) { return starts_with(name, room); };
  const auto last = as_classifier(name);
  if (!last.empty()) return last;
  if (std::any_of(std::begin(rooms), std::end(rooms), is_ours)) return with_downsample(name);
  return is_of_resnet(name) ? join(backbone, with_downsample(name)) : std::string(foreign);
}

std::optional<std::string> torchvision_name(std::string_view ours) {
  if (starts_with(ours, backbone)) return std::string(ours.substr(backbone.size()));
  if (starts_with(ours, classifier)) return join("fc.", ours.substr(classifier.size()));
  return std::nullopt;
}

bool is_batch_counter(std::string_view name) { return absl::EndsWith(view(name), "num_batches_tracked"); }

}  // namespace longtail
