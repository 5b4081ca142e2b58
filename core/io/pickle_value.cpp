#include "core/io/pickle.h"
#include "registry/text/visible.h"

namespace longtail {
namespace {

bool is_ordered_dict(const PickleValue& value) { return value.called() == "collections.OrderedDict"; }

/// Python 2 wrote OrderedDict([[key, value], ...]): the list, or nullptr.
const PickleValue* list_of_pairs(const PickleValue& value) {
  const auto* arguments = value.arguments;
  if (arguments == nullptr || arguments->items.size() != 1) return nullptr;
  const auto* list = arguments->items.front();
  return list->is(PickleValue::Kind::list) ? list : nullptr;
}

}  // namespace

bool PickleValue::is_dict() const { return is(Kind::dict) || is_ordered_dict(*this); }

std::vector<std::pair<PickleValue::Pointer, PickleValue::Pointer>> PickleValue::entries() const {
  std::vector<std::pair<Pointer, Pointer>> result;
  if (!is_dict()) return result;
  if (const auto* list = list_of_pairs(*this); is(Kind::call) && list != nullptr) {
    for (const auto* pair : list->items) {
      if (pair->items.size() == 2) result.emplace_back(pair->items[0], pair->items[1]);
    }
  }
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) result.emplace_back(items[i], items[i + 1]);
  return result;
}

PickleValue::Pointer PickleValue::find(std::string_view key) const {
  Pointer found = nullptr;  // the last one, as in Python
  for (const auto& [name, value] : entries()) {
    if (name->is(Kind::text) && name->text == key) found = value;
  }
  return found;
}

std::string printable(std::string_view text) {
  constexpr std::size_t most = 80;
  return visible(text, most);
}

}  // namespace longtail
