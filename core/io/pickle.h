#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace longtail {

/// One Python object of a pickle, as data. Nothing of it has been called or imported: an object made by a call is
/// the call's name and arguments.
struct PickleValue {
  enum class Kind { none, boolean, integer, real, text, bytes, list, tuple, dict, set, global, call, persistent };
  using Pointer = const PickleValue*;

  Kind kind = Kind::none;
  std::int64_t integer = 0;     // integer, boolean
  double real = 0;              // real
  std::string_view text;        // text (UTF-8), bytes, the raw bytes of an integer beyond 64 bits; lives with the file
  std::string_view name;        // global: "module.name"; lives with the Pickle
  std::vector<Pointer> items;   // list, tuple, set; dict: key, value, key, value ...; call: what was appended to it
  Pointer function = nullptr;   // call: a global; persistent: the object that names what lies outside the pickle
  Pointer arguments = nullptr;  // call: a tuple
  Pointer state = nullptr;      // call: what __setstate__ would have got, or nullptr

  bool is(Kind other) const { return kind == other; }
  /// The name of the global that a call calls, else "".
  std::string_view called() const {
    return function != nullptr && is(Kind::call) ? function->name : std::string_view();
  }
  /// The keys and values of a dict or OrderedDict; nothing for all else.
  std::vector<std::pair<Pointer, Pointer>> entries() const;
  bool is_dict() const;
  /// The value of a text key of a dict or OrderedDict, or nullptr.
  Pointer find(std::string_view key) const;
};

/// Text of a hostile file as part of a one-line message: shortened, control characters escaped.
std::string printable(std::string_view text);

/// Whether a pickle may mention "module.name". What it makes of such names stays data in any case.
using PickleWhitelist = std::function<bool(std::string_view name)>;

/// Reads pickles of protocols 2 to 5 (and what Python 2 wrote of them) into data. It is a reader, not a machine: it
/// never calls, imports or looks up anything; names that are not allowed are refused. Values may share parts and, in
/// hostile files, contain themselves: walk them with a limit.
class Pickle {
 public:
  /// A tensor costs about 30 steps. Each step takes some 100 bytes at most: 400 MB for a file made to take memory.
  static constexpr std::size_t usual_steps = 4'000'000;

  /// Reads one pickle at `position` of `bytes`, which must outlive this. `file` is for messages.
  /// Throws DataError with the file, the byte and the name for anything damaged, not allowed or of more than
  /// `most_steps` instructions.
  Pickle(std::string file, std::string_view bytes, const PickleWhitelist& allowed, std::size_t position = 0,
         std::size_t most_steps = usual_steps);
  Pickle(const Pickle&) = delete;
  Pickle& operator=(const Pickle&) = delete;

  const PickleValue& root() const { return *root_; }
  /// The byte after the pickle.
  std::size_t end() const { return position_; }
  /// All objects that it holds, in the order of their making.
  const std::deque<PickleValue>& values() const { return values_; }

 private:
  using Kind = PickleValue::Kind;
  using Pointer = PickleValue*;

  void read(const PickleWhitelist& allowed, std::size_t most_steps);
  bool read_scalar(unsigned char code);
  bool read_container(unsigned char code);
  bool read_memo(unsigned char code);
  bool read_object(unsigned char code, const PickleWhitelist& allowed);

  [[noreturn]] void fail(const std::string& what) const;
  [[noreturn]] void fail_advising(const std::string& what, std::string_view advice) const;
  std::string_view take(std::uint64_t size);
  std::string_view take_line();
  template <class Number>
  Number take_number();

  Pointer make(Kind kind);
  void push(Kind kind) { stack_.push_back(make(kind)); }
  void push_integer(std::int64_t value, Kind kind = Kind::integer);
  void push_text(Kind kind, std::string_view text);
  void push_long(std::string_view bytes);
  void push_sequence(Kind kind, std::size_t count);
  void push_global(std::string_view module, std::string_view name, const PickleWhitelist& allowed);
  void push_call(Pointer function, Pointer arguments);
  Pointer pop();
  Pointer top();
  std::size_t pop_mark();
  std::vector<const PickleValue*> pop_items(std::size_t count);
  void add(std::size_t count, bool pairs);

  std::string file_;
  std::string_view bytes_;
  std::size_t position_ = 0;
  std::size_t code_position_ = 0;
  std::deque<PickleValue> values_;
  std::deque<std::string> names_;  // of globals
  std::vector<Pointer> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, Pointer> memo_;
  const PickleValue* root_ = nullptr;
};

}  // namespace longtail
