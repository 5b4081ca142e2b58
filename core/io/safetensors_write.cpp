#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <longtail/error.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/io/safetensors.h"
#include "core/io/safetensors_types.h"

namespace longtail {
namespace {

struct Place {
  SafetensorsType type;
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
};

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& name, std::string_view why) {
  throw Error(ExitCode::other, fmt::format("{}: cannot hold tensor '{}': {}", path.string(), name, why));
}

SafetensorsType checked_type(const std::filesystem::path& path, const std::string& name, const at::Tensor& tensor) {
  if (!tensor.defined()) refuse(path, name, "it is not defined");
  if (tensor.layout() != at::kStrided) refuse(path, name, "only dense tensors can be stored; call to_dense() first");
  const auto type = safetensors_type(tensor.scalar_type());
  if (!type) refuse(path, name, fmt::format("no dtype of the format is {}", c10::toString(tensor.scalar_type())));
  return *type;
}

/// The order of the data: large elements first, so that each tensor starts at a multiple of its element size.
std::vector<std::size_t> data_order(const std::vector<Place>& places) {
  std::vector<std::size_t> order(places.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return places[a].type.size > places[b].type.size; });
  return order;
}

std::string json_string(const std::filesystem::path& path, const std::string& text) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {
    throw Error(ExitCode::other, fmt::format("{}: a name or metadata is not UTF-8: use plain text", path.string()));
  }
}

std::string make_header(const std::filesystem::path& path, const TensorFile& file, const std::vector<Place>& places) {
  std::vector<std::string> fields;
  if (!file.metadata.empty()) {
    std::vector<std::string> pairs;
    for (const auto& [key, value] : file.metadata) {
      pairs.push_back(fmt::format("{}:{}", json_string(path, key), json_string(path, value)));
    }
    fields.push_back(fmt::format("\"__metadata__\":{{{}}}", fmt::join(pairs, ",")));
  }
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto& [name, tensor] = file.tensors[i];
    fields.push_back(fmt::format("{}:{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}}",
                                 json_string(path, name), places[i].type.name, fmt::join(tensor.sizes(), ","),
                                 places[i].begin, places[i].begin + places[i].size));
  }
  std::string header = fmt::format("{{{}}}", fmt::join(fields, ","));
  // The data then start at a multiple of 64 bytes, a cache line, which the widest vector loads like.
  constexpr std::size_t alignment = 64;
  const auto start = sizeof(std::uint64_t) + header.size();
  header.append((alignment - start % alignment) % alignment, ' ');
  return header;
}

void write(const std::filesystem::path& path, const TensorFile& file, FileSystem& files, Links links) {
  std::set<std::string_view> names{"__metadata__"};
  std::vector<Place> places;
  for (const auto& [name, tensor] : file.tensors) {
    if (!names.insert(name).second) refuse(path, name, "the name is taken");
    const auto type = checked_type(path, name, tensor);
    places.push_back({type, 0, static_cast<std::uint64_t>(tensor.numel()) * type.size});
  }
  const auto order = data_order(places);
  std::uint64_t position = 0;
  for (const auto i : order) {
    places[i].begin = position;
    position += places[i].size;
  }
  const auto header = make_header(path, file, places);
  const std::uint64_t size = header.size();

  AtomicFile out(path, files, links);
  out.append({reinterpret_cast<const char*>(&size), sizeof size});
  out.append(header);
  for (const auto i : order) {
    const auto tensor = file.tensors[i].second.detach().resolve_conj().resolve_neg().cpu().contiguous();
    out.append({static_cast<const char*>(tensor.data_ptr()), static_cast<std::size_t>(places[i].size)});
  }
  out.commit();
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, const TensorFile& file, FileSystem& files) {
  write(path, file, files, Links::follow_own);
}

void write_safetensors(const std::filesystem::path& path, const TensorFile& file, Links links) {
  write(path, file, FileSystem::system(), links);
}

}  // namespace longtail
