#include "core/annotations/json_file.h"

#include <absl/strings/str_join.h>
#include <fmt/format.h>
#include <longtail/error.h>
#include <simdjson.h>

#include <algorithm>

#include "core/annotations/json_scanner.h"

namespace longtail {
namespace {

constexpr std::size_t kPieceBytes = 256 << 10;
// Files below this stay in memory between the look at their outline and the parsing: mapping pages twice takes time.
constexpr std::size_t kReleaseBytes = 256 << 20;

// A second one would take the place of the first.
constexpr std::string_view kOnce[] = {"images", "annotations", "categories"};

constexpr const char* kWhatAnnotationsAre =
    "annotations are one object {\"images\": [...], \"categories\": [...], \"annotations\": [...]}";

bool has_line_end(std::string_view space) { return space.find('\n') != std::string_view::npos; }

/// Whether text that begins neither a list nor an object is JSON all the same: null, a number, a text.
bool is_scalar(std::string_view text) {
  constexpr std::size_t kMaxBytes = 1 << 20;
  if (text.size() > kMaxBytes) return false;
  simdjson::dom::parser parser;
  return parser.parse(simdjson::padded_string(text)).error() == simdjson::SUCCESS;
}

/// What a value is that begins so.
const char* kind_of(char first) {
  if (first == '{') return "an object {...}";
  if (first == '"') return "a text";
  return first == 'n' ? "null" : "a number or the like";
}

}  // namespace

void JsonArray::add(std::size_t element_begin, std::size_t end) {
  if (pieces.empty() || pieces.back().end - pieces.back().begin >= kPieceBytes) {
    pieces.push_back({element_begin, end, elements, 0});
  }
  pieces.back().end = end;
  ++pieces.back().elements;
  ++elements;
}

JsonFile::JsonFile(const std::string& path) : path_(path), text_(path) { outline(); }

const JsonArray* JsonFile::find(std::string_view key) const {
  const auto found =
      std::find_if(arrays_.begin(), arrays_.end(), [&](const JsonArray& array) { return array.key == key; });
  return found == arrays_.end() ? nullptr : &*found;
}

const JsonArray& JsonFile::array(std::string_view key) const {
  if (const JsonArray* found = find(key)) return *found;
  if (scalar_ != 0) throw DataError(fmt::format("{}: is {}; {}", path_, kind_of(scalar_), kWhatAnnotationsAre));
  if (find("") != nullptr) {
    throw DataError(fmt::format("{}: has no list '{}' (it has: no keys): it is {}; {}", path_, key,
                                keys_.empty() ? "a list, as results are" : "JSON lines, an object in each",
                                kWhatAnnotationsAre));
  }
  const auto other = std::find_if(keys_.rbegin(), keys_.rend(), [&](const Key& found) { return found.name == key; });
  if (other != keys_.rend()) {
    throw DataError(
        fmt::format("{}: '{}' is {}, not a list [...]; correct the file", path_, key, kind_of(other->value)));
  }
  throw DataError(
      fmt::format("{}: has no list '{}' (it has: {}); is this a COCO or LVIS annotation file?", path_, key, keys()));
}

const JsonArray& JsonFile::whole(const std::string& what) const {
  if (const JsonArray* found = find("")) return *found;
  if (scalar_ != 0) throw DataError(fmt::format("{}: is not a JSON list but {}; {}", path_, kind_of(scalar_), what));
  throw DataError(fmt::format("{}: is not a JSON list but an object (it has: {}); {}{}", path_, keys(), what,
                              arrays_.size() == 1 ? fmt::format("; write the list '{}' alone", arrays_[0].key) : ""));
}

bool JsonFile::has_key(std::string_view key) const {
  return std::any_of(keys_.begin(), keys_.end(), [&](const Key& found) { return found.name == key; });
}

std::string JsonFile::keys() const {
  if (keys_.empty()) return "no keys";
  return absl::StrJoin(keys_, ", ", [](std::string* out, const Key& key) { out->append(key.name); });
}

std::vector<std::size_t> JsonFile::begins_of(const JsonPiece& piece) const {
  const JsonScanner scanner(bytes().substr(0, piece.end));
  std::vector<std::size_t> begins;
  for (std::size_t at = piece.begin; !scanner.at_end(at); ++at) {
    at = scanner.skip_space(at);
    begins.push_back(at);
    at = scanner.skip_space(scanner.skip_value(at));
  }
  return begins;
}

std::size_t JsonFile::begin_of(const JsonArray& array, std::int64_t element) const {
  const auto after = std::upper_bound(array.pieces.begin(), array.pieces.end(), element,
                                      [](std::int64_t index, const JsonPiece& piece) { return index < piece.first; });
  const JsonPiece& piece = *(after - 1);
  return begins_of(piece).at(static_cast<std::size_t>(element - piece.first));
}

std::string JsonFile::place(std::size_t byte) const {
  const std::string_view before = text_.bytes().substr(0, byte);
  return fmt::format("{}: byte {} (line {}): ", path_, byte, 1 + std::count(before.begin(), before.end(), '\n'));
}

std::string JsonFile::place(const JsonArray& array, std::int64_t element) const {
  return place(begin_of(array, element)) + fmt::format("{}[{}]: ", array.key, element);
}

void JsonFile::fail(std::size_t byte, const std::string& what) const { throw DataError(place(byte) + what); }

void JsonFile::outline() {
  const JsonScanner scanner(bytes());
  const std::size_t begin = scanner.skip_space(text_.begin());
  if (scanner[begin] != '[' && scanner[begin] != '{') {
    if (is_scalar(bytes().substr(begin))) {
      scalar_ = scanner[begin];
      return;
    }
    fail(begin, scanner.at_end(begin) ? "the file is empty" : "this is not JSON");
  }
  const bool list = scanner[begin] == '[';
  const std::size_t end = list ? outline_array(begin, "") : outline_object(begin);
  const std::size_t at = scanner.skip_space(end);
  const bool next_line = scanner[at] == '{' && has_line_end(bytes().substr(end, at - end));
  const bool one_line = scanner.at_end(at) && has_key("image_id") && !has_key("images");
  if (!list && (next_line || one_line)) return outline_lines(begin);
  if (!scanner.at_end(at)) {
    fail(at, fmt::format("something follows the end of the {}; remove it", list ? "list" : "object"));
  }
}

std::size_t JsonFile::outline_object(std::size_t begin) {
  const JsonScanner scanner(bytes());
  const auto need = [&](std::size_t place, char wanted) {
    if (scanner.at_end(place)) fail(bytes().size(), "the JSON ends too early; the file is cut: copy it again");
    if (scanner[place] == wanted) return;
    fail(place, fmt::format("expected '{}', found '{}'{}", wanted, scanner[place],
                            scanner[place] == '\'' ? ": JSON's quotes are double; write it with json.dump" : ""));
  };
  std::size_t at = scanner.skip_space(begin + 1);
  while (scanner[at] != '}') {
    need(at, '"');
    const std::size_t begin_of_key = at, end_of_key = scanner.skip_string(at);
    const std::string key(bytes().substr(at + 1, std::max(end_of_key, at + 2) - at - 2));
    at = scanner.skip_space(end_of_key);
    need(at, ':');
    if (has_key(key) && std::find(std::begin(kOnce), std::end(kOnce), key) != std::end(kOnce)) {
      fail(begin_of_key, fmt::format("'{}' is given twice; join the two, or remove one", key));
    }
    at = scanner.skip_space(at + 1);
    keys_.push_back({key, scanner[at]});
    at = scanner.skip_space(scanner[at] == '[' ? outline_array(at, key) : scanner.skip_value(at));
    if (scanner[at] == '}') break;
    need(at, ',');
    at = scanner.skip_space(at + 1);
  }
  return at + 1;
}

std::size_t JsonFile::outline_array(std::size_t begin, std::string key) {
  const JsonScanner scanner(bytes());
  JsonArray array{std::move(key), begin, {}, 0};
  std::size_t released = begin;
  std::size_t at = scanner.skip_space(begin + 1);
  while (scanner[at] != ']') {
    const std::size_t end = scanner.skip_space(scanner.skip_value(at));
    if (scanner.at_end(end)) {
      fail(bytes().size(), fmt::format("the JSON ends in the middle of {}[{}]; the file is cut: copy it again",
                                       array.key, array.elements));
    }
    if (end == at || (scanner[end] != ',' && scanner[end] != ']')) {
      fail(end, fmt::format("expected ',' or ']' after {}[{}], found '{}'", array.key, array.elements, scanner[end]));
    }
    array.add(at, end);
    at = scanner[end] == ']' ? end : scanner.skip_space(end + 1);
    if (scanner[end] == ',' && scanner[at] == ']') fail(end, "a comma stands before the end of the list; remove it");
    if (at - released < kReleaseBytes) continue;
    release(released, at);
    released = at;
  }
  arrays_.push_back(std::move(array));
  return at + 1;
}

// The end of a line has room for a comma, so that every byte keeps its place.
void JsonFile::outline_lines(std::size_t begin) {
  lines_ = text_.bytes();
  arrays_.clear();
  JsonArray array{"", begin, {}, 0};
  const JsonScanner scanner(text_.bytes());
  for (std::size_t at = begin; !scanner.at_end(at);) {
    if (scanner[at] != '{') fail(at, fmt::format("[{}]: an object {{...}} a line is expected here", array.elements));
    const std::size_t end = scanner.skip_value(at), next = scanner.skip_space(end);
    if (scanner.at_end(end) && text_.bytes().back() != '}') {
      fail(end, fmt::format("the JSON ends in the middle of [{}]; the file is cut: copy it again", array.elements));
    }
    if (!scanner.at_end(next)) {
      if (!has_line_end(lines_.substr(end, next - end))) fail(end, "something follows the object; begin a new line");
      lines_[end] = ',';
    }
    array.add(at, end);
    at = next;
  }
  arrays_.push_back(std::move(array));
}

}  // namespace longtail
