#include "core/io/safetensors.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <longtail/error.h>
#include <simdjson.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/io/mapped_file.h"
#include "core/io/safetensors_types.h"
#include "core/io/tensor_limits.h"

namespace longtail {
namespace {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "safetensors are little-endian; add swapping");

constexpr std::uint64_t prefix_size = sizeof(std::uint64_t);
constexpr std::uint64_t largest_header = 100'000'000;  // the format's own limit
constexpr auto again = "download or copy the file again";

[[noreturn]] void fail(const std::filesystem::path& path, std::uint64_t byte, const std::string& what,
                       const char* advice = "the file is damaged or not a safetensors file; get it again") {
  throw DataError(fmt::format("{}: byte {}: {}; {}", path.string(), byte, what, advice));
}

std::uint64_t header_size(const MappedFile& file) {
  const auto bytes = file.bytes();
  if (bytes.size() < prefix_size) {
    fail(file.path(), bytes.size(), "the file ends inside the eight bytes of its header's length", again);
  }
  std::uint64_t size = 0;
  std::memcpy(&size, bytes.data(), sizeof size);
  if (size < 2 || size > largest_header) {
    fail(file.path(), 0, fmt::format("{} cannot be the length of a header", size));
  }
  if (size > bytes.size() - prefix_size) {
    fail(file.path(), bytes.size(), fmt::format("the header should be {} bytes but the file ends before", size), again);
  }
  if (bytes[prefix_size] != '{') fail(file.path(), prefix_size, "the header does not start with '{'");
  return size;
}

/// What the header says of one tensor.
struct Entry {
  std::string name;
  SafetensorsType type;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;  // from the start of the data
  std::uint64_t end = 0;
};

/// Reads the header; all places in messages are the header's, because JSON elements do not know theirs.
class HeaderReader {
 public:
  HeaderReader(const std::filesystem::path& path, std::string_view header, std::uint64_t data_size)
      : path_(path), header_(header), data_size_(data_size) {}

  void read(TensorFile& file, std::vector<Entry>& entries) {
    simdjson::dom::parser parser;
    simdjson::dom::object root;
    const auto padded = simdjson::padded_string(header_);
    if (const auto error = parser.parse(padded).get(root)) {
      fail(path_, prefix_size, fmt::format("the header is not a JSON object ({})", simdjson::error_message(error)));
    }
    std::set<std::string_view> names;
    for (const auto field : root) {
      if (!names.insert(field.key).second) bad(field.key, "appears twice");
      if (field.key == "__metadata__") {
        read_metadata(field.value, file);
      } else {
        check_tensor_count(path_, entries.size() + 1);
        entries.push_back(read_entry(field.key, field.value));
      }
    }
  }

 private:
  [[noreturn]] void bad(std::string_view name, const std::string& what) const {
    fail(path_, prefix_size, fmt::format("header: '{}' {}", name, what));
  }

  void read_metadata(simdjson::dom::element value, TensorFile& file) const {
    simdjson::dom::object fields;
    if (value.get(fields)) bad("__metadata__", "is not an object");
    for (const auto field : fields) {
      std::string_view text;
      if (field.value.get(text)) bad("__metadata__", fmt::format("has a '{}' that is not a string", field.key));
      if (!file.metadata.emplace(field.key, text).second) bad("__metadata__", fmt::format("has '{}' twice", field.key));
    }
  }

  Entry read_entry(std::string_view name, simdjson::dom::element value) const {
    simdjson::dom::object fields;
    if (value.get(fields)) bad(name, "is not an object");
    Entry entry;
    entry.name = name;
    std::set<std::string_view> seen;
    for (const auto field : fields) {
      if (!seen.insert(field.key).second) bad(name, fmt::format("has '{}' twice", field.key));
      if (field.key == "dtype") {
        entry.type = read_type(name, field.value);
      } else if (field.key == "shape") {
        entry.shape = read_shape(name, field.value);
      } else if (field.key == "data_offsets") {
        std::tie(entry.begin, entry.end) = read_offsets(name, field.value);
      } else {
        bad(name, fmt::format("has an unknown field '{}'", field.key));
      }
    }
    if (seen.size() != 3) bad(name, "lacks one of dtype, shape and data_offsets");
    check_size(entry);
    return entry;
  }

  SafetensorsType read_type(std::string_view name, simdjson::dom::element value) const {
    std::string_view text;
    if (value.get(text)) bad(name, "has a dtype that is not a string");
    const auto type = safetensors_type(text);
    if (!type) {
      fail(path_, prefix_size, fmt::format("header: '{}' has dtype {}", name, text),
           "it is not supported; convert the tensor to float32 first");
    }
    return *type;
  }

  std::vector<std::int64_t> read_shape(std::string_view name, simdjson::dom::element value) const {
    simdjson::dom::array items;
    if (value.get(items)) bad(name, "has a shape that is not a list");
    std::vector<std::int64_t> shape;
    for (const auto item : items) {
      std::int64_t size = 0;
      if (item.get(size) || size < 0) bad(name, "has a size that is not a whole number from 0");
      shape.push_back(size);
    }
    if (shape.size() > 64) bad(name, fmt::format("has {} dimensions; 64 are possible", shape.size()));
    return shape;
  }

  std::pair<std::uint64_t, std::uint64_t> read_offsets(std::string_view name, simdjson::dom::element value) const {
    simdjson::dom::array items;
    if (value.get(items) || items.size() != 2) bad(name, "has data_offsets that are not a list of two");
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    if (items.at(0).get(begin) || items.at(1).get(end)) bad(name, "has data_offsets that are not whole numbers from 0");
    if (begin > end) bad(name, fmt::format("ends (at {}) before it begins (at {})", end, begin));
    if (end > data_size_) {
      fail(path_, prefix_size + header_.size() + data_size_,
           fmt::format("the file ends before the data of '{}', which should reach {} bytes further", name,
                       end - data_size_),
           again);
    }
    return {begin, end};
  }

  void check_size(const Entry& entry) const {
    std::uint64_t bytes = entry.type.size;
    bool fits = true;
    const bool empty = std::find(entry.shape.begin(), entry.shape.end(), 0) != entry.shape.end();
    std::uint64_t elements = 1;  // of the sizes above 0: strides must not overflow either
    for (const auto size : entry.shape) {
      fits = fits &&
             !__builtin_mul_overflow(elements, static_cast<std::uint64_t>(std::max<std::int64_t>(size, 1)), &elements);
    }
    fits = fits && !__builtin_mul_overflow(bytes, elements, &bytes) &&
           bytes <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (empty) bytes = 0;
    if (!fits || bytes != entry.end - entry.begin) {
      bad(entry.name, fmt::format("has {} bytes of data, which its shape and dtype {} do not make",
                                  entry.end - entry.begin, entry.type.name));
    }
  }

  const std::filesystem::path& path_;
  std::string_view header_;
  std::uint64_t data_size_;
};

/// The data must be a partition of what follows the header: no holes (in which anything could hide), no overlaps.
void check_layout(const MappedFile& file, const std::vector<Entry>& entries, std::uint64_t data_begin) {
  std::vector<const Entry*> order;
  for (const auto& entry : entries) order.push_back(&entry);
  std::sort(order.begin(), order.end(),
            [](const Entry* a, const Entry* b) { return std::pair(a->begin, a->end) < std::pair(b->begin, b->end); });
  std::uint64_t position = 0;
  for (const auto* entry : order) {
    if (entry->begin != position) {
      fail(file.path(), data_begin + entry->begin,
           fmt::format("the data of '{}' {} what comes before", entry->name,
                       entry->begin < position ? "overlap" : "leave a hole after"));
    }
    position = entry->end;
  }
  if (data_begin + position != file.bytes().size()) {
    fail(file.path(), data_begin + position,
         fmt::format("{} bytes follow the last tensor", file.bytes().size() - data_begin - position));
  }
}

at::Tensor map_tensor(const std::shared_ptr<const MappedFile>& file, const Entry& entry, std::uint64_t data_begin) {
  const auto options = at::TensorOptions().dtype(entry.type.scalar);
  if (entry.begin == entry.end) return at::empty(entry.shape, options);
  const char* data = file->bytes().data() + data_begin + entry.begin;
  if (entry.type.scalar == at::kBool) {
    const char* end = data + (entry.end - entry.begin);
    const char* bad = std::find_if(data, end, [](char byte) { return byte != 0 && byte != 1; });
    if (bad != end) {
      fail(file->path(), static_cast<std::uint64_t>(bad - file->bytes().data()),
           fmt::format("'{}' is BOOL but has a byte that is neither 0 nor 1", entry.name));
    }
  }
  if (reinterpret_cast<std::uintptr_t>(data) % entry.type.size != 0) {  // other writers need not align
    const auto copy = at::empty(entry.shape, options);
    std::memcpy(copy.data_ptr(), data, entry.end - entry.begin);
    return copy;
  }
  // The mapping is private, so writing to the tensor is allowed and stays in memory.
  return at::from_blob(
      const_cast<char*>(data), entry.shape, [file](void*) {}, options);
}

}  // namespace

const at::Tensor* TensorFile::find(const std::string& name) const {
  for (const auto& [key, tensor] : tensors) {
    if (key == name) return &tensor;
  }
  return nullptr;
}

bool looks_like_safetensors(std::string_view bytes) {
  if (bytes.size() <= prefix_size || bytes[prefix_size] != '{') return false;
  std::uint64_t size = 0;
  std::memcpy(&size, bytes.data(), sizeof size);
  return size <= largest_header;
}

TensorFile read_safetensors(const std::filesystem::path& path) {
  const auto mapping = MappedFile::open(path);
  const auto header = mapping->bytes().substr(prefix_size, header_size(*mapping));
  const auto data_begin = prefix_size + header.size();
  TensorFile file;
  std::vector<Entry> entries;
  HeaderReader(path, header, mapping->bytes().size() - data_begin).read(file, entries);
  check_layout(*mapping, entries, data_begin);
  for (const auto& entry : entries) file.tensors.emplace_back(entry.name, map_tensor(mapping, entry, data_begin));
  return file;
}

}  // namespace longtail
