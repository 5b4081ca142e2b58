#include "core/io/weights_summary.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "core/io/pickle.h"
#include "registry/text/visible.h"

namespace longtail {
namespace {

std::int64_t bytes_of(const at::Tensor& tensor) {
  return tensor.numel() * static_cast<std::int64_t>(tensor.element_size());
}

std::string type_of(const at::Tensor& tensor) {
  std::string name = c10::toString(tensor.scalar_type());
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name;
}

struct Totals {
  std::int64_t elements = 0;
  std::int64_t bytes = 0;
};

Totals totals_of(const TensorFile& file) {
  Totals totals;
  for (const auto& [name, tensor] : file.tensors) {
    totals.elements += tensor.numel();
    totals.bytes += bytes_of(tensor);
  }
  return totals;
}

}  // namespace

std::string weights_text(const std::filesystem::path& path, const TensorFile& file) {
  std::size_t width = 0;
  for (const auto& [name, tensor] : file.tensors) width = std::max(width, printable(name).size());
  std::string text;
  for (const auto& [name, tensor] : file.tensors) {
    text +=
        fmt::format("{:<{}}  {:<9} [{}]\n", printable(name), width, type_of(tensor), fmt::join(tensor.sizes(), ", "));
  }
  for (const auto& [key, value] : file.metadata) {
    if (!value.empty()) text += fmt::format("{}: {}\n", printable(key), printable(value));
  }
  for (const std::string& note : file.notes) text += fmt::format("note: {}\n", note);
  const auto totals = totals_of(file);
  return text + fmt::format("{}: {} tensors, {} numbers, {:.1f} MB\n", visible(path.native()), file.tensors.size(),
                            totals.elements, static_cast<double>(totals.bytes) / 1e6);
}

std::string weights_json(const std::filesystem::path& path, const TensorFile& file) {
  auto root = nlohmann::ordered_json::object();
  root["file"] = path.string();
  root["metadata"] = file.metadata;
  root["notes"] = file.notes;
  root["tensors"] = nlohmann::ordered_json::array();
  for (const auto& [name, tensor] : file.tensors) {
    root["tensors"].push_back(
        {{"name", name}, {"dtype", type_of(tensor)}, {"shape", tensor.sizes().vec()}, {"bytes", bytes_of(tensor)}});
  }
  const auto totals = totals_of(file);
  root["elements"] = totals.elements;
  root["bytes"] = totals.bytes;
  return root.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace longtail
