#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <longtail/error.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "core/io/torch_file.h"
#include "core/io/torch_names.h"
#include "core/io/torch_storage_name.h"

namespace longtail {
namespace {

using Kind = PickleValue::Kind;

/// A whole number from 0; one beyond 64 bits has its bytes as text and is none.
bool is_count(const PickleValue& value) { return value.is(Kind::integer) && value.text.empty() && value.integer >= 0; }

/// A tuple of whole numbers from 0 (or torch.Size of one); nothing for all else.
std::optional<std::vector<std::int64_t>> numbers(const PickleValue& value) {
  const auto* tuple = &value;
  if (value.called() == "torch.Size" && value.arguments->items.size() == 1) tuple = value.arguments->items[0];
  if (!tuple->is(Kind::tuple) && !tuple->is(Kind::list)) return std::nullopt;
  constexpr std::size_t most_dimensions = 64;
  if (tuple->items.size() > most_dimensions) return std::nullopt;
  std::vector<std::int64_t> result;
  for (const auto* item : tuple->items) {
    if (!is_count(*item)) return std::nullopt;
    result.push_back(item->integer);
  }
  return result;
}

/// True if the view lies inside a storage of so many elements. `count` becomes the number of its elements.
bool fits(std::uint64_t stored, std::uint64_t offset, const std::vector<std::int64_t>& sizes,
          const std::vector<std::int64_t>& strides, std::uint64_t& count) {
  bool overflow = false;
  std::uint64_t last = offset;
  std::uint64_t product = 1;  // of the sizes above 0, so that no stride of LibTorch's overflows either
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const auto size = static_cast<std::uint64_t>(sizes[i]);
    std::uint64_t step = 0;
    overflow |= __builtin_mul_overflow(product, std::max<std::uint64_t>(size, 1), &product);
    if (size == 0) continue;
    overflow |= __builtin_mul_overflow(size - 1, static_cast<std::uint64_t>(strides[i]), &step);
    overflow |= __builtin_add_overflow(last, step, &last);
  }
  const bool empty = std::find(sizes.begin(), sizes.end(), 0) != sizes.end();
  count = empty ? 0 : product;
  constexpr std::uint64_t most = std::uint64_t{1} << 56;  // so that no number of bytes overflows
  if (overflow || product > most) return false;
  return empty || last < stored;
}

bool is_parameter(const PickleValue& value) {
  const auto called = value.called();
  return (called == "torch._utils._rebuild_parameter" || called == "torch._utils._rebuild_parameter_with_state") &&
         !value.arguments->items.empty();
}

/// What a tensor, or the tensor of a parameter, is rebuilt from; nullptr for all else.
const PickleValue* tensor_arguments(const PickleValue& value) {
  if (is_parameter(value)) {
    const auto& data = *value.arguments->items[0];
    return data.called() == "torch._utils._rebuild_tensor_v2" ? data.arguments : nullptr;
  }
  const auto called = value.called();
  const bool tensor = called == "torch._utils._rebuild_tensor_v2" || called == "torch._utils._rebuild_tensor";
  return tensor && !value.arguments->items.empty() ? value.arguments : nullptr;
}

bool holds_only_bools(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char byte) { return byte == 0 || byte == 1; });
}

}  // namespace

std::optional<TorchStorageName> torch_storage_name(const PickleValue& value) {
  if (!value.is(Kind::persistent) || !value.function->is(Kind::tuple)) return std::nullopt;
  const auto& items = value.function->items;
  if (items.size() < 5 || items[0]->text != "storage" || !items[1]->is(Kind::global)) return std::nullopt;
  const auto type = torch_storage_type(items[1]->name);
  if (!type || !items[2]->is(Kind::text) || !is_count(*items[4])) return std::nullopt;
  TorchStorageName name{*type, items[2]->text, items[4]->integer, 0};
  if (items.size() > 5 && items[5]->is(Kind::tuple)) {
    const auto& view = items[5]->items;
    if (view.size() != 3 || !is_count(*view[1]) || !is_count(*view[2])) return std::nullopt;
    name.offset = view[1]->integer;
    name.elements = view[2]->integer;
  }
  return name;
}

std::uint64_t TorchFile::most_claimed() const {
  constexpr std::uint64_t harmless = std::uint64_t{256} << 20;
  constexpr std::uint64_t share = 4;  // tied weights are there once and have several names
  return std::max<std::uint64_t>(harmless, share * file_->bytes().size());
}

void TorchFile::refuse_claims() const {
  fail(fmt::format("its tensors claim more than {} MB, many times what the file holds", most_claimed() >> 20),
       "it is damaged or was made to take memory; in Python, if you trust it: torch.save({k: v.clone() for k, v in "
       "weights.items()}, ...)");
}

void TorchFile::refuse_object(const PickleValue& object, const std::string& place) const {
  const auto name = object.called().empty() ? std::string_view("a result of a call") : object.called();
  fail(fmt::format("{}refused to load '{}', which could run code", place.empty() ? "" : place + ": ", printable(name)),
       "in Python, if you trust the file, save its weights alone: torch.save(model.state_dict(), ...)");
}

at::Tensor TorchFile::tensor(const PickleValue& value) {
  const auto known = built_.find(&value);
  if (known != built_.end()) return known->second;
  at::Tensor made = make(value);
  if (!made.defined()) return made;
  claimed_ += static_cast<std::uint64_t>(made.numel()) * made.element_size();
  if (claimed_ > most_claimed()) refuse_claims();
  return built_.emplace(&value, std::move(made)).first->second;
}

std::optional<std::vector<std::int64_t>> TorchFile::sizes(const PickleValue& value) {
  const PickleValue* arguments = tensor_arguments(value);
  if (arguments == nullptr || arguments->items.size() < 3) return std::nullopt;
  return numbers(*arguments->items[2]);
}

at::Tensor TorchFile::make(const PickleValue& value) {
  if (const PickleValue* arguments = tensor_arguments(value)) return rebuild(*arguments);
  if (is_parameter(value)) fail("a parameter without a tensor");
  return {};
}

at::Tensor TorchFile::rebuild(const PickleValue& arguments) {
  const auto& items = arguments.items;
  if (items.size() < 4 || !is_count(*items[1])) fail("a tensor lacks its parts");
  const auto sizes = numbers(*items[2]);
  const auto strides = numbers(*items[3]);
  if (!sizes || !strides || sizes->size() != strides->size()) fail("a tensor's sizes or strides are not numbers");
  const auto data = storage(*items[0]);
  const auto offset = items[1]->integer;
  std::uint64_t count = 0;
  if (!fits(static_cast<std::uint64_t>(data.numel()), static_cast<std::uint64_t>(offset), *sizes, *strides, count)) {
    fail(fmt::format("a tensor of sizes [{}] does not fit its storage of {} elements", fmt::join(*sizes, ", "),
                     data.numel()));
  }
  if (count == 0) return at::empty(*sizes, data.options());
  return data.as_strided(*sizes, *strides, data.storage_offset() + offset);
}

at::Tensor TorchFile::storage(const PickleValue& value) {
  const auto name = torch_storage_name(value);
  if (!name) fail("a tensor's storage is of an unknown kind", "convert it to a plain float32 tensor in Python");
  const auto found = storages_.find(std::string(name->key));
  if (found == storages_.end()) fail(fmt::format("storage '{}' is not in the file", printable(name->key)));
  auto place = loaded_.find(found->first);
  if (place == loaded_.end()) place = loaded_.emplace(found->first, load(found->second, name->type)).first;
  const auto& whole = place->second;
  if (whole.scalar_type() != name->type) fail(fmt::format("storage '{}' has two types", printable(name->key)));
  if (name->offset > whole.numel() || name->elements > whole.numel() - name->offset) {
    fail(fmt::format("storage '{}' is shorter than its {} elements", printable(name->key), name->elements));
  }
  return whole.narrow(0, name->offset, name->elements);
}

at::Tensor TorchFile::load(std::string_view bytes, at::ScalarType type) const {
  const auto options = at::TensorOptions().dtype(type);
  const auto size = c10::elementSize(type);
  const auto count = static_cast<std::int64_t>(bytes.size() / size);
  if (type == at::kBool && !holds_only_bools(bytes)) fail("a bool tensor has a byte that is neither 0 nor 1");
  if (count == 0) return at::empty({0}, options);
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % size != 0) {
    const auto copy = at::empty({count}, options);
    std::memcpy(copy.data_ptr(), bytes.data(), static_cast<std::size_t>(count) * size);
    return copy;
  }
  // The mapping is private, so writing to the tensor is allowed and stays in memory.
  return at::from_blob(
      const_cast<char*>(bytes.data()), {count}, [file = file_](void*) {}, options);
}

}  // namespace longtail
