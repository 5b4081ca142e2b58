#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <longtail/error.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/io/detector_weights.h"
#include "core/io/pickle.h"
#include "core/io/weight_names.h"
#include "core/io/weights.h"
#include "registry/text/counted.h"
#include "registry/text/visible.h"

namespace longtail {
namespace {

using Targets = std::map<std::string, at::Tensor>;

Targets targets_of(const torch::nn::Module& module) {
  Targets targets;
  for (const auto& item : module.named_parameters()) targets.emplace(item.key(), item.value());
  for (const auto& item : module.named_buffers()) targets.emplace(item.key(), item.value());
  return targets;
}

/// Target of each source, "" for none. Literal names come first, so that no guess takes a place from them.
std::vector<std::string> assign(const Targets& targets, const TensorFile& weights) {
  std::vector<std::string> result(weights.tensors.size());
  std::set<std::string> taken;
  const auto take = [&](std::size_t i, const std::string& name) {
    if (targets.count(name) == 0 || !taken.insert(name).second) return false;
    result[i] = name;
    return true;
  };
  for (std::size_t i = 0; i < result.size(); ++i) take(i, weights.tensors[i].first);
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (!result[i].empty()) continue;
    for (const auto& name : possible_names(weights.tensors[i].first)) {
      if (take(i, name)) break;
    }
  }
  return result;
}

std::string sizes_text(const std::vector<std::int64_t>& sizes) { return fmt::format("[{}]", fmt::join(sizes, ", ")); }

/// "a, b, c and 12 more".
std::string some(const std::vector<std::string>& names, std::size_t most) {
  const auto shown = std::min(names.size(), most);
  std::vector<std::string> first;
  for (std::size_t i = 0; i < shown; ++i) first.push_back(visible(names[i]));
  const auto rest = names.size() - shown;
  return fmt::format("{}{}", fmt::join(first, ", "), rest == 0 ? "" : fmt::format(" and {} more", rest));
}

/// Beginnings of names (up to the first dot) without which most of the tensors would belong to the model, with the
/// number of tensors: the sets in a flat dict of a teacher and a student.
std::vector<std::pair<std::string, std::size_t>> fitting_prefixes(const TensorFile& weights, const Targets& targets) {
  std::vector<std::string> order;
  std::map<std::string, TensorFile> sets;
  for (const auto& [name, tensor] : weights.tensors) {
    const std::size_t dot = name.find('.');
    if (dot == std::string::npos || dot == 0) continue;
    const auto [set, fresh] = sets.try_emplace(name.substr(0, dot));
    if (fresh) order.push_back(set->first);
    set->second.tensors.emplace_back(name.substr(dot + 1), tensor);
  }
  std::vector<std::pair<std::string, std::size_t>> result;
  for (const std::string& prefix : order) {
    const auto assigned = assign(targets, translate_detector(sets[prefix]).weights);
    const std::size_t size = sets[prefix].tensors.size();
    const auto fit = static_cast<std::size_t>(
        std::count_if(assigned.begin(), assigned.end(), [](const std::string& target) { return !target.empty(); }));
    if (2 * fit >= size) result.emplace_back(prefix, size);
  }
  return result;
}

/// Where no tensor belongs to the model, but those of sets that --key can take do.
void refuse_sets(const std::string& file, const TensorFile& weights, const Targets& targets) {
  constexpr std::size_t most = 8;
  if (weights.by_key) return;  // a key within another one's part is not understood everywhere
  const auto sets = fitting_prefixes(weights, targets);
  if (sets.empty() || sets.size() > most) return;
  std::vector<std::string> texts;
  for (const auto& [prefix, size] : sets) {
    texts.push_back(fmt::format("{} ({})", printable(prefix), counted(size, "tensor")));
  }
  throw DataError(fmt::format(
      "{}: none of its {} belongs to the model, but those below {} do; choose {} with --key, or take {} out: longtail "
      "weights import FILE --key {} --out NEW.safetensors",
      file, counted(weights.tensors.size(), "tensor"), fmt::join(texts, ", "), if_one(sets.size(), "them", "one"),
      if_one(sets.size(), "them", "it"), printable(sets.front().first)));
}

[[noreturn]] void refuse(const WeightReport& report, const TensorFile& weights, const Targets& targets) {
  constexpr std::size_t shown = 3;
  const auto file = report.file.empty() ? "the weights" : report.file;
  if (!report.matched.empty()) {
    auto details = report.text();
    std::replace(details.begin(), details.end(), '\n', ';');
    throw DataError(
        fmt::format("{}: not all weights fit the model: {} choose the model they were trained with", file, details));
  }
  std::vector<std::string> theirs;
  for (const auto& [name, tensor] : weights.tensors) theirs.push_back(name);
  std::vector<std::string> ours;
  for (const auto& [name, tensor] : targets) ours.push_back(name);
  if (!report.wrong_shape.empty()) {
    const auto& first = report.wrong_shape.front();
    throw DataError(
        fmt::format("{}: no tensor has the shape that the model needs (first: {} is {}, needed {}); choose the "
                    "model they were trained with",
                    file, first.match.source, sizes_text(first.found), sizes_text(first.wanted)));
  }
  const bool one = theirs.size() == 1;
  if (!one) refuse_sets(file, weights, targets);
  throw DataError(fmt::format("{}: {} ({}) {} to the model ({}); choose the model {} trained with, or rename {}", file,
                              one ? "its only tensor" : "none of its " + counted(theirs.size(), "tensor"),
                              some(theirs, shown), one ? "does not belong" : "belongs", some(ours, shown),
                              one ? "it was" : "they were", one ? "it" : "them"));
}

}  // namespace

WeightReport import_into(torch::nn::Module& module, const TensorFile& file, const ImportOptions& options) {
  const TranslatedWeights translated = translate_detector(file);
  const TensorFile& weights = translated.weights;
  const auto targets = targets_of(module);
  const auto assigned = assign(targets, weights);
  WeightReport report;
  report.file = options.file;
  report.notes = file.notes;
  report.unexpected = translated.unknown;
  std::vector<std::pair<at::Tensor, at::Tensor>> copies;
  std::set<std::string> given;
  for (std::size_t i = 0; i < assigned.size(); ++i) {
    const std::string& source = translated.sources[i];
    const at::Tensor& tensor = weights.tensors[i].second;
    if (assigned[i].empty()) {
      if (!is_batch_counter(source)) report.unexpected.push_back(source);
      continue;
    }
    given.insert(assigned[i]);
    const auto& target = targets.at(assigned[i]);
    if (target.sizes() != tensor.sizes()) {
      report.wrong_shape.push_back({{assigned[i], source}, target.sizes().vec(), tensor.sizes().vec()});
      continue;
    }
    report.matched.push_back({assigned[i], source});
    copies.emplace_back(target, tensor);
  }
  for (const auto& [name, tensor] : targets) {
    if (given.count(name) == 0 && !is_batch_counter(name)) report.missing.push_back(name);
  }
  if (copies.empty() || (options.strict && !report.complete())) refuse(report, file, targets);
  const c10::NoGradGuard no_grad;
  for (auto& [target, tensor] : copies) target.copy_(tensor);
  return report;
}

std::string WeightReport::text() const {
  constexpr std::size_t shown = 8;
  auto result = counted(matched.size(), "tensor") + " imported";
  const auto renamed =
      std::count_if(matched.begin(), matched.end(), [](const Match& match) { return match.name != match.source; });
  if (renamed > 0) result += fmt::format(" ({} under another name)", renamed);
  result += '\n';
  if (!wrong_shape.empty()) {
    std::vector<std::string> lines;
    for (const auto& [match, wanted, found] : wrong_shape) {
      lines.push_back(fmt::format("{} {} (needed {})", match.source, sizes_text(found), sizes_text(wanted)));
    }
    result += fmt::format("{} of another shape, not imported: {}\n", lines.size(), some(lines, shown));
  }
  if (!missing.empty()) result += fmt::format("{} not in the file: {}\n", missing.size(), some(missing, shown));
  if (!unexpected.empty()) {
    result += fmt::format("{} not in the model: {}\n", unexpected.size(), some(unexpected, shown));
  }
  for (const std::string& note : notes) result += fmt::format("note: {}\n", note);
  return result;
}

std::string WeightReport::json() const {
  auto root = nlohmann::ordered_json::object();
  root["file"] = file;
  root["complete"] = complete();
  root["matched"] = nlohmann::ordered_json::object();
  for (const auto& [name, source] : matched) root["matched"][name] = source;
  root["missing"] = missing;
  root["unexpected"] = unexpected;
  root["notes"] = notes;
  root["wrong_shape"] = nlohmann::ordered_json::array();
  for (const auto& [match, wanted, found] : wrong_shape) {
    root["wrong_shape"].push_back(
        {{"name", match.name}, {"source", match.source}, {"wanted", wanted}, {"found", found}});
  }
  return root.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace longtail
