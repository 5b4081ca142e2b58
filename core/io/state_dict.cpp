#include "core/io/state_dict.h"

#include <ATen/ATen.h>
#include <absl/strings/ascii.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <longtail/error.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/io/tensor_limits.h"
#include "core/io/torch_names.h"
#include "registry/text/counted.h"

namespace longtail {
namespace {

using Kind = PickleValue::Kind;

constexpr int deepest = 8;  // of dicts in dicts; real files need three

// Where training programs keep the weights themselves.
constexpr std::string_view usual_names[] = {"state_dict", "model_state_dict", "model_state", "model_weights",
                                            "model",      "model_dict",       "module",      "net",
                                            "network",    "weights",          "params"};
// Parts of keys under which tensors are no weights.
constexpr std::string_view other_things[] = {"optim", "sched", "scaler", "rng", "loops", "callbacks"};

bool is_usual(std::string_view key) {
  return std::find(std::begin(usual_names), std::end(usual_names), key) != std::end(usual_names);
}

bool is_other_thing(std::string_view key) {
  const std::string lower = absl::AsciiStrToLower({key.data(), key.size()});
  return std::any_of(std::begin(other_things), std::end(other_things),
                     [&](std::string_view part) { return lower.find(part) != std::string::npos; });
}

std::string joined(const std::string& place, std::string_view key) {
  return place.empty() ? std::string(key) : fmt::format("{}.{}", place, key);
}

/// Walks values of a file that may hold each other; the steps of all walks together are bounded.
class Walk {
 public:
  explicit Walk(TorchFile& file) : file_(file) {}

  std::vector<std::pair<PickleValue::Pointer, PickleValue::Pointer>> entries(const PickleValue& dict) {
    count(dict.items.size() + 1);
    auto result = dict.entries();
    count(result.size());
    return result;
  }

  /// Whether making the object would take a tensor.
  bool depends_on_tensor(const PickleValue& object) {
    std::vector<const PickleValue*> waiting{&object};
    std::unordered_set<const PickleValue*> seen;
    while (!waiting.empty()) {
      const PickleValue* value = waiting.back();
      waiting.pop_back();
      if (value == nullptr || !seen.insert(value).second) continue;
      if (value->is(Kind::persistent)) return true;
      count(value->items.size() + 1);
      waiting.insert(waiting.end(), value->items.begin(), value->items.end());
      waiting.insert(waiting.end(), {value->function, value->arguments, value->state});
    }
    return false;
  }

  /// An object of a class that only another program can make, and that has tensors in it.
  bool is_foreign_tensor(const PickleValue& value) {
    return value.is(Kind::call) && !is_known_in_torch_files(value.called()) && depends_on_tensor(value);
  }

  TorchFile& file() { return file_; }

 private:
  void count(std::size_t steps) {
    constexpr std::size_t most = 5'000'000;
    steps_ += steps;
    if (steps_ > most) {
      throw DataError(fmt::format("{}: holds the same things again and again; it is damaged or was made to take time",
                                  file_.path().string()));
    }
  }

  TorchFile& file_;
  std::size_t steps_ = 0;
};

/// A dict that may be the weights.
struct Candidate {
  std::string place;
  const PickleValue* dict = nullptr;
  std::size_t tensors = 0;  // of more than one number, in the dict itself
};

/// Looks for them.
class Search {
 public:
  explicit Search(Walk& walk) : walk_(walk) {}

  /// Dicts below with a usual name come before all others; of a dict and those in it, those with the most tensors
  /// count: the one around often holds some of its own (the best accuracy, the epoch).
  std::vector<Candidate> find(const PickleValue& value, const std::string& place = "", int depth = 0) {
    if (!value.is_dict() || depth > deepest || !seen_.insert(&value).second) return {};
    std::vector<Candidate> usual, others;
    Candidate self{place, &value, 0};
    for (const auto& [key, item] : walk_.entries(value)) {
      if (!key->is(Kind::text)) continue;
      if (item->is_dict()) {
        if (is_other_thing(key->text)) continue;
        const std::vector<Candidate> inner = find(*item, joined(place, key->text), depth + 1);
        auto& found = is_usual(key->text) ? usual : others;
        found.insert(found.end(), inner.begin(), inner.end());
      } else if (const auto sizes = TorchFile::sizes(*item)) {
        const bool number = std::all_of(sizes->begin(), sizes->end(), [](std::int64_t size) { return size == 1; });
        ++(number ? scalars_[&value] : self.tensors);
      }
    }
    if (!usual.empty()) left_.insert(left_.end(), others.begin(), others.end());
    std::vector<Candidate>& inner = usual.empty() ? others : usual;
    const bool larger = std::all_of(inner.begin(), inner.end(),
                                    [&](const Candidate& candidate) { return candidate.tensors < self.tensors; });
    if (self.tensors > 0 && (inner.empty() || (usual.empty() && larger))) return {self};
    return std::move(inner);
  }

  /// What find() left for a usual name beside it and that may be weights of the same model: half as many tensors at
  /// least, since an average often has the parameters alone.
  std::vector<Candidate> left_for(const Candidate& taken) const {
    std::vector<Candidate> result;
    std::copy_if(left_.begin(), left_.end(), std::back_inserter(result),
                 [&](const Candidate& left) { return 2 * left.tensors >= taken.tensors; });
    return result;
  }

  /// True for a dict of tensors that are single numbers: tiny weights, where nothing else is found.
  bool has_scalars(const PickleValue& dict) const { return scalars_.count(&dict) > 0; }

 private:
  Walk& walk_;
  std::unordered_set<const PickleValue*> seen_;  // a hostile dict can hold itself under each name
  std::unordered_map<const PickleValue*, std::size_t> scalars_;
  std::vector<Candidate> left_;
};

/// "took 'state_dict'; the file also holds 'ema' (--key ema takes that)".
std::string note_of(const Candidate& taken, const std::vector<Candidate>& left) {
  constexpr std::size_t shown = 8;
  std::vector<std::string> names;
  for (const Candidate& candidate : left) {
    if (names.size() == shown) break;
    names.push_back(fmt::format("'{}'", printable(candidate.place)));
  }
  const std::string how = left.size() == 1
                              ? fmt::format("--key {} takes that", printable(left.front().place))
                              : fmt::format("--key {} takes the first of them", printable(left.front().place));
  return fmt::format("took '{}'; the file also holds {}{} ({})", printable(taken.place), fmt::join(names, ", "),
                     left.size() > shown ? ", ..." : "", how);
}

[[noreturn]] void refuse_none(Walk& walk) {
  TorchFile& file = walk.file();
  for (const auto& [key, value] : walk.entries(file.root())) {
    if (key->is(Kind::text) && walk.is_foreign_tensor(*value)) file.refuse_object(*value, printable(key->text));
  }
  throw DataError(fmt::format("{}: holds no dict of tensors; in Python: torch.save(model.state_dict(), ...)",
                              file.path().string()));
}

/// `key` is what the user chose, in vain, or "".
[[noreturn]] void refuse_several(const TorchFile& file, const std::string& key,
                                 const std::vector<Candidate>& candidates) {
  constexpr std::size_t shown = 8;
  std::vector<std::string> texts;
  for (const Candidate& candidate : candidates) {
    if (texts.size() == shown) break;
    texts.push_back(fmt::format("{} ({})", printable(candidate.place), counted(candidate.tensors, "tensor")));
  }
  const std::string in_vain = key.empty() ? "" : fmt::format("has no part '{}'; it ", printable(key));
  throw DataError(
      fmt::format("{}: {}holds {} sets of weights: {}{}; choose one with --key, or take it out: longtail "
                  "weights import FILE --key {} --out NEW.safetensors",
                  file.path().string(), in_vain, candidates.size(), fmt::join(texts, ", "),
                  candidates.size() > shown ? ", ..." : "", printable(candidates.front().place)));
}

Candidate find_weights_in(Walk& walk, const std::string& key, std::vector<std::string>& notes) {
  Search search(walk);
  const PickleValue& root = walk.file().root();
  const std::vector<Candidate> candidates = search.find(root);
  if (candidates.size() == 1) {
    const std::vector<Candidate> left = search.left_for(candidates.front());
    if (!left.empty()) notes.push_back(note_of(candidates.front(), left));
    return candidates.front();
  }
  if (candidates.size() > 1) refuse_several(walk.file(), key, candidates);
  if (search.has_scalars(root)) return {"", &root, 0};
  refuse_none(walk);
}

/// Collects the tensors of a dict, and of the dicts in it with dotted names.
class Collector {
 public:
  explicit Collector(Walk& walk) : walk_(walk) {}

  void collect(const PickleValue& dict, const std::string& prefix, int depth) {
    if (depth > deepest) return;
    for (const auto& [key, value] : walk_.entries(dict)) {
      if (!key->is(Kind::text)) continue;
      const auto name = prefix + std::string(key->text);
      if (value->is_dict()) {
        collect(*value, name + ".", depth + 1);
      } else if (const at::Tensor tensor = walk_.file().tensor(*value); tensor.defined()) {
        add(name, tensor);
      } else if (walk_.is_foreign_tensor(*value)) {
        walk_.file().refuse_object(*value, printable(name));
      }
    }
  }

  std::vector<std::pair<std::string, at::Tensor>> take() { return std::move(tensors_); }

 private:
  /// The same tensor under many names counts each time: it would be copied each time.
  void add(const std::string& name, const at::Tensor& tensor) {
    claimed_ += static_cast<std::uint64_t>(tensor.numel()) * tensor.element_size();
    if (claimed_ > walk_.file().most_claimed()) walk_.file().refuse_claims();
    check_tensor_count(walk_.file().path(), tensors_.size() + 1);
    tensors_.emplace_back(name, tensor);
  }

  Walk& walk_;
  std::uint64_t claimed_ = 0;
  std::vector<std::pair<std::string, at::Tensor>> tensors_;
};

/// The dict at a place that the user names: keys may have dots themselves.
const PickleValue* find_at(Walk& walk, const PickleValue& dict, std::string_view key, int depth = 0) {
  if (depth > deepest) return nullptr;
  for (const auto& [name, value] : walk.entries(dict)) {
    if (!name->is(Kind::text) || !value->is_dict() || key.substr(0, name->text.size()) != name->text) continue;
    const std::string_view rest = key.substr(name->text.size());
    if (rest.empty()) return value;
    if (rest.front() != '.') continue;
    if (const auto* found = find_at(walk, *value, rest.substr(1), depth + 1)) return found;
  }
  return nullptr;
}

}  // namespace

TensorFile read_state_dict(TorchFile& file, const std::string& key) {
  Walk walk(file);
  TensorFile result;
  Candidate chosen{key, key.empty() ? nullptr : find_at(walk, file.root(), key), 0};
  result.by_key = chosen.dict != nullptr;
  if (chosen.dict == nullptr) chosen = find_weights_in(walk, key, result.notes);
  Collector collector(walk);
  collector.collect(*chosen.dict, "", 0);
  result.tensors = collector.take();
  result.metadata["part"] = chosen.place;
  return result;
}

}  // namespace longtail
