#include "core/annotations/json_file.h"

#include <absl/strings/str_join.h>
#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>

#include "core/annotations/json_scanner.h"

namespace longtail {
namespace {

constexpr std::size_t kPieceBytes = 256 << 10;
// Files below this stay in memory between the look at their outline and the parsing: mapping pages twice takes time.
constexpr std::size_t kReleaseBytes = 256 << 20;

}  // namespace

JsonFile::JsonFile(const std::string& path) : path_(path), file_(MappedFile::open(path)) { outline(); }

const JsonArray* JsonFile::find(std::string_view key) const {
  // Of a key that stands twice the last one counts, as in Python.
  const auto found =
      std::find_if(arrays_.rbegin(), arrays_.rend(), [&](const JsonArray& array) { return array.key == key; });
  return found == arrays_.rend() ? nullptr : &*found;
}

const JsonArray& JsonFile::array(std::string_view key) const {
  if (const JsonArray* found = find(key)) return *found;
  if (key.empty()) throw DataError(fmt::format("{}: is not a JSON list", path_));
  throw DataError(fmt::format("{}: has no list '{}' (it has: {}); is this a COCO or LVIS annotation file?", path_, key,
                              keys_.empty() ? "no keys" : absl::StrJoin(keys_, ", ")));
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
  const std::string_view before = bytes().substr(0, byte);
  return fmt::format("{}: byte {} (line {}): ", path_, byte, 1 + std::count(before.begin(), before.end(), '\n'));
}

std::string JsonFile::place(const JsonArray& array, std::int64_t element) const {
  return place(begin_of(array, element)) + fmt::format("{}[{}]: ", array.key, element);
}

void JsonFile::fail(std::size_t byte, const std::string& what) const { throw DataError(place(byte) + what); }

void JsonFile::outline() {
  const JsonScanner scanner(bytes());
  std::size_t at = scanner.skip_space(0);
  if (scanner[at] == '[') {
    at = scanner.skip_space(outline_array(at, ""));
    if (!scanner.at_end(at)) fail(at, "something follows the end of the list; remove it");
    return;
  }
  if (scanner[at] != '{') fail(at, scanner.at_end(at) ? "the file is empty" : "this is not JSON");
  const auto need = [&](std::size_t place, char wanted) {
    if (scanner.at_end(place)) fail(bytes().size(), "the JSON ends too early; the file is cut: copy it again");
    if (scanner[place] != wanted) fail(place, fmt::format("expected '{}', found '{}'", wanted, scanner[place]));
  };
  at = scanner.skip_space(at + 1);
  while (scanner[at] != '}') {
    need(at, '"');
    const std::size_t end_of_key = scanner.skip_string(at);
    keys_.emplace_back(bytes().substr(at + 1, std::max(end_of_key, at + 2) - at - 2));
    at = scanner.skip_space(end_of_key);
    need(at, ':');
    at = scanner.skip_space(at + 1);
    at = scanner.skip_space(scanner[at] == '[' ? outline_array(at, keys_.back()) : scanner.skip_value(at));
    if (scanner[at] == '}') break;
    need(at, ',');
    at = scanner.skip_space(at + 1);
  }
  at = scanner.skip_space(at + 1);
  if (!scanner.at_end(at)) fail(at, "something follows the end of the object; remove it");
}

std::size_t JsonFile::outline_array(std::size_t begin, std::string key) {
  const JsonScanner scanner(bytes());
  JsonArray array{std::move(key), begin, {}, 0};
  std::size_t released = begin;
  std::size_t at = scanner.skip_space(begin + 1);
  JsonPiece piece{at, at, 0, 0};
  while (scanner[at] != ']') {
    const std::size_t end = scanner.skip_space(scanner.skip_value(at));
    if (scanner.at_end(end)) {
      fail(bytes().size(), fmt::format("the JSON ends in the middle of {}[{}]; the file is cut: copy it again",
                                       array.key, array.elements));
    }
    if (end == at || (scanner[end] != ',' && scanner[end] != ']')) {
      fail(end, fmt::format("expected ',' or ']' after {}[{}], found '{}'", array.key, array.elements, scanner[end]));
    }
    ++array.elements;
    ++piece.elements;
    piece.end = end;
    at = scanner[end] == ']' ? end : scanner.skip_space(end + 1);
    if (scanner[end] == ',' && scanner[at] == ']') fail(end, "a comma stands before the end of the list; remove it");
    if (piece.end - piece.begin < kPieceBytes && scanner[end] != ']') continue;
    array.pieces.push_back(piece);
    piece = {at, at, array.elements, 0};
    if (at - released < kReleaseBytes) continue;
    release(released, at);
    released = at;
  }
  arrays_.push_back(std::move(array));
  return at + 1;
}

}  // namespace longtail
