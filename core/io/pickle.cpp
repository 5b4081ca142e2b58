#include "core/io/pickle.h"

#include <fmt/format.h>
#include <longtail/error.h>
#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

#include "core/io/pickle_opcodes.h"

namespace longtail {

Pickle::Pickle(std::string file, std::string_view bytes, const PickleWhitelist& allowed, std::size_t position,
               std::size_t most_steps)
    : file_(std::move(file)), bytes_(bytes), position_(position) {
  read(allowed, most_steps);
}

void Pickle::read(const PickleWhitelist& allowed, std::size_t most_steps) {
  for (std::size_t step = 0; step < most_steps; ++step) {
    code_position_ = position_;
    const auto code = take_number<unsigned char>();
    if (code == opcode::stop) {
      root_ = pop();
      if (!stack_.empty() || !marks_.empty()) fail("the pickle ends with objects left over");
      stack_ = {};
      memo_ = {};
      return;
    }
    if (read_scalar(code) || read_container(code) || read_memo(code) || read_object(code, allowed)) continue;
    fail_advising(fmt::format("pickle instruction 0x{:02x} is not supported", code),
                  "save the file again with a current Python and torch.save(model.state_dict(), ...)");
  }
  fail_advising("the pickle has too many instructions for a file of weights",
                "in Python, if you trust the file, save its weights alone: torch.save(model.state_dict(), ...)");
}

bool Pickle::read_scalar(unsigned char code) {
  switch (code) {
    case opcode::none:
      push(Kind::none);
      return true;
    case opcode::newtrue:
      push_integer(1, Kind::boolean);
      return true;
    case opcode::newfalse:
      push_integer(0, Kind::boolean);
      return true;
    case opcode::binint:
      push_integer(take_number<std::int32_t>());
      return true;
    case opcode::binint1:
      push_integer(take_number<std::uint8_t>());
      return true;
    case opcode::binint2:
      push_integer(take_number<std::uint16_t>());
      return true;
    case opcode::long1:
      push_long(take(take_number<std::uint8_t>()));
      return true;
    case opcode::long4:
      push_long(take(take_number<std::uint32_t>()));
      return true;
    case opcode::binfloat: {
      const auto bits = __builtin_bswap64(take_number<std::uint64_t>());  // the one big-endian number of pickles
      push(Kind::real);
      std::memcpy(&top()->real, &bits, sizeof bits);
      return true;
    }
    case opcode::short_binunicode:
    case opcode::short_binstring:
      push_text(Kind::text, take(take_number<std::uint8_t>()));
      return true;
    case opcode::binunicode:
    case opcode::binstring:
      push_text(Kind::text, take(take_number<std::uint32_t>()));
      return true;
    case opcode::binunicode8:
      push_text(Kind::text, take(take_number<std::uint64_t>()));
      return true;
    case opcode::short_binbytes:
      push_text(Kind::bytes, take(take_number<std::uint8_t>()));
      return true;
    case opcode::binbytes:
      push_text(Kind::bytes, take(take_number<std::uint32_t>()));
      return true;
    case opcode::binbytes8:
    case opcode::bytearray8:
      push_text(Kind::bytes, take(take_number<std::uint64_t>()));
      return true;
    default:
      return false;
  }
}

bool Pickle::read_container(unsigned char code) {
  switch (code) {
    case opcode::mark:
      marks_.push_back(stack_.size());
      return true;
    case opcode::empty_list:
      push(Kind::list);
      return true;
    case opcode::empty_tuple:
      push(Kind::tuple);
      return true;
    case opcode::empty_dict:
      push(Kind::dict);
      return true;
    case opcode::empty_set:
      push(Kind::set);
      return true;
    case opcode::tuple1:
      push_sequence(Kind::tuple, 1);
      return true;
    case opcode::tuple2:
      push_sequence(Kind::tuple, 2);
      return true;
    case opcode::tuple3:
      push_sequence(Kind::tuple, 3);
      return true;
    case opcode::tuple:
      push_sequence(Kind::tuple, stack_.size() - pop_mark());
      return true;
    case opcode::list:
      push_sequence(Kind::list, stack_.size() - pop_mark());
      return true;
    case opcode::frozenset:
      push_sequence(Kind::set, stack_.size() - pop_mark());
      return true;
    case opcode::dict:
      push_sequence(Kind::dict, stack_.size() - pop_mark());
      if (top()->items.size() % 2 != 0) fail("a dict has a key without a value");
      return true;
    case opcode::append:
      add(1, false);
      return true;
    case opcode::setitem:
      add(2, true);
      return true;
    case opcode::appends:
    case opcode::additems:
      add(stack_.size() - pop_mark(), false);
      return true;
    case opcode::setitems:
      add(stack_.size() - pop_mark(), true);
      return true;
    default:
      return false;
  }
}

bool Pickle::read_memo(unsigned char code) {
  const auto get = [this](std::uint64_t place) {
    const auto found = memo_.find(place);
    if (found == memo_.end()) fail(fmt::format("memo {} is used before it is set", place));
    stack_.push_back(found->second);
  };
  switch (code) {
    case opcode::binput:
      memo_[take_number<std::uint8_t>()] = top();
      return true;
    case opcode::long_binput:
      memo_[take_number<std::uint32_t>()] = top();
      return true;
    case opcode::memoize:
      memo_[memo_.size()] = top();
      return true;
    case opcode::binget:
      get(take_number<std::uint8_t>());
      return true;
    case opcode::long_binget:
      get(take_number<std::uint32_t>());
      return true;
    case opcode::pop:
      pop();
      return true;
    case opcode::pop_mark:
      stack_.resize(pop_mark());
      return true;
    case opcode::dup:
      stack_.push_back(top());
      return true;
    case opcode::frame:
      take_number<std::uint64_t>();
      return true;  // a hint for buffering
    case opcode::proto:
      if (take_number<std::uint8_t>() > 5) fail("the pickle's protocol is later than 5");
      return true;
    default:
      return false;
  }
}

bool Pickle::read_object(unsigned char code, const PickleWhitelist& allowed) {
  switch (code) {
    case opcode::global: {
      const auto module = take_line();
      push_global(module, take_line(), allowed);
      return true;
    }
    case opcode::stack_global: {
      const auto* name = pop();
      const auto* module = pop();
      if (!name->is(Kind::text) || !module->is(Kind::text)) fail("the name of a class is not text");
      push_global(module->text, name->text, allowed);
      return true;
    }
    case opcode::newobj_ex:
      pop();  // keyword arguments, of which nobody asks
      [[fallthrough]];
    case opcode::newobj:
    case opcode::reduce: {
      auto* arguments = pop();
      push_call(pop(), arguments);
      return true;
    }
    case opcode::build: {
      const auto* state = pop();
      if (!top()->is(Kind::call)) fail("a state is given to what is not an object");
      top()->state = state;
      return true;
    }
    case opcode::binpersid: {
      const auto* name = pop();
      push(Kind::persistent);
      top()->function = name;
      return true;
    }
    default:
      return false;
  }
}

void Pickle::fail(const std::string& what) const { fail_advising(what, "the file is damaged; get it again"); }

void Pickle::fail_advising(const std::string& what, std::string_view advice) const {
  throw DataError(fmt::format("{}: byte {}: {}; {}", file_, code_position_, what, advice));
}

std::string_view Pickle::take(std::uint64_t size) {
  if (size > bytes_.size() - position_) fail("the file ends inside the pickle");
  const auto part = bytes_.substr(position_, size);
  position_ += size;
  return part;
}

std::string_view Pickle::take_line() {
  const auto end = bytes_.find('\n', position_);
  if (end == std::string_view::npos) fail("the file ends inside the pickle");
  const auto line = take(end - position_);
  ++position_;
  return line;
}

template <class Number>
Number Pickle::take_number() {
  Number number{};
  std::memcpy(&number, take(sizeof number).data(), sizeof number);
  return number;
}

Pickle::Pointer Pickle::make(Kind kind) {
  values_.emplace_back();
  values_.back().kind = kind;
  return &values_.back();
}

void Pickle::push_integer(std::int64_t value, Kind kind) {
  push(kind);
  top()->integer = value;
}

void Pickle::push_text(Kind kind, std::string_view text) {
  // Python 2 wrote bytes as text.
  push(kind == Kind::text && !simdjson::validate_utf8(text.data(), text.size()) ? Kind::bytes : kind);
  top()->text = text;
}

void Pickle::push_long(std::string_view bytes) {
  push(Kind::integer);
  if (bytes.size() > sizeof(std::int64_t)) {
    top()->text = bytes;
    return;
  }
  std::int64_t value = !bytes.empty() && (bytes.back() & 0x80) != 0 ? -1 : 0;  // two's complement, little-endian
  std::memcpy(&value, bytes.data(), bytes.size());
  top()->integer = value;
}

std::vector<const PickleValue*> Pickle::pop_items(std::size_t count) {
  const auto available = stack_.size() - (marks_.empty() ? 0 : marks_.back());
  if (count > available) fail("an object lacks parts");
  const auto begin = stack_.end() - static_cast<std::ptrdiff_t>(count);
  std::vector<const PickleValue*> items(begin, stack_.end());
  stack_.erase(begin, stack_.end());
  return items;
}

void Pickle::push_sequence(Kind kind, std::size_t count) {
  auto items = pop_items(count);
  push(kind);
  top()->items = std::move(items);
}

void Pickle::push_global(std::string_view module, std::string_view name, const PickleWhitelist& allowed) {
  constexpr std::size_t longest = 1000;  // a pickle can name the same long text again and again
  if (module.size() + name.size() > longest) fail("the name of a class is too long");
  auto full = fmt::format("{}.{}", module, name);
  if (!allowed(full)) {
    fail_advising(fmt::format("refused to load '{}', which could run code", printable(full)),
                  "in Python, if you trust the file, save its weights alone: torch.save(model.state_dict(), ...)");
  }
  push(Kind::global);
  top()->name = names_.emplace_back(std::move(full));
}

void Pickle::push_call(Pointer function, Pointer arguments) {
  // getattr(a, b)(c) calls what a call gives.
  const bool callable = function->is(Kind::global) || function->is(Kind::call);
  if (!callable || !arguments->is(Kind::tuple)) fail("what is called is not a class with a tuple");
  push(Kind::call);
  top()->function = function;
  top()->arguments = arguments;
}

Pickle::Pointer Pickle::pop() {
  auto* value = top();
  stack_.pop_back();
  return value;
}

Pickle::Pointer Pickle::top() {
  if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) fail("an object is used that is not there");
  return stack_.back();
}

std::size_t Pickle::pop_mark() {
  if (marks_.empty()) fail("a group ends that has not begun");
  const auto mark = marks_.back();
  marks_.pop_back();
  return mark;
}

void Pickle::add(std::size_t count, bool pairs) {
  const auto items = pop_items(count);
  if (pairs && items.size() % 2 != 0) fail("a dict has a key without a value");
  auto* container = top();
  const bool fits = container->is(Kind::call) ||
                    (pairs ? container->is(Kind::dict) : container->is(Kind::list) || container->is(Kind::set));
  if (!fits) fail("parts are added to what is not a container");
  container->items.insert(container->items.end(), items.begin(), items.end());
}

}  // namespace longtail
