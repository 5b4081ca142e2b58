#include "core/engine/data_record.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <system_error>

#include <absl/strings/str_replace.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <longtail/error.h>

#include "core/engine/task.h"
#include "core/io/atomic_file.h"
#include "core/io/fingerprint.h"
#include "core/io/own_file.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kHashedPictures = 64 << 20;  // bytes of all pictures together: a quarter of a second
constexpr const char* kHead = "bytes\tmodified\thash\tkind\tpath\n";
constexpr const char* kEarlierHead = "bytes\tmodified\thash\tpath\n";  // no kinds, and paths as they are
constexpr const char* kWeights = "weights";

DataFile look_at(const std::string& path) {
  DataFile file;
  file.path = path;
  std::error_code gone;
  const auto bytes = fs::file_size(path, gone);
  if (gone) return file;
  file.bytes = static_cast<std::int64_t>(bytes);
  file.modified = static_cast<std::int64_t>(fs::last_write_time(path, gone).time_since_epoch().count());
  return file;
}

void hash(DataFile& file) {
  if (file.bytes > 0) file.hash = fingerprint_file(file.path);
}

std::int64_t number(const std::string& text) {
  std::int64_t value = -1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// A line break or a back slash in a name, as \n and \\.
std::string on_one_line(const std::string& path) { return absl::StrReplaceAll(path, {{"\\", "\\\\"}, {"\n", "\\n"}}); }

std::string from_one_line(const std::string& text) {
  return absl::StrReplaceAll(text, {{"\\\\", "\\"}, {"\\n", "\n"}});
}

/// Why a file is not what it was; "" where it is, as far as can be told.
std::string change_of(const DataFile& before, const DataFile& now) {
  if (now.bytes < 0 && before.bytes >= 0) return "it is gone";
  if (now.bytes >= 0 && before.bytes < 0) return "it was not there";
  if (before.bytes != now.bytes) return fmt::format("{} bytes in place of {}", now.bytes, before.bytes);
  const bool both = !before.hash.empty() && !now.hash.empty();
  return both && before.hash != now.hash ? "its content is another" : "";
}

}  // namespace

DataRecord take_data_record(const std::vector<Phase>& phases) {
  std::map<std::string, DataFile> whole, pictures;
  Node earlier;
  for (const Phase& phase : phases) {
    if (earlier.same_value(phase.config.data)) continue;  // phases seldom differ in it
    earlier = phase.config.data;
    const DataPaths paths = data_paths(phase.config);
    for (const std::string& path : paths.weights) whole.emplace(path, look_at(path)).first->second.weights = true;
    for (const std::string& path : paths.whole) whole.emplace(path, look_at(path));
    for (const std::string& path : paths.pictures) pictures.emplace(path, look_at(path));
  }
  std::int64_t bytes = 0;
  for (const auto& [path, file] : pictures) bytes += std::max<std::int64_t>(0, file.bytes);
  for (auto& [path, file] : whole) hash(file);
  for (auto& [path, file] : pictures) {
    if (bytes <= kHashedPictures) hash(file);
  }
  whole.merge(pictures);
  DataRecord record;
  for (auto& [path, file] : whole) record.push_back(std::move(file));
  return record;
}

void keep_initial_weights(DataRecord& before, DataRecord& now) {
  std::set<std::string> paths;
  for (const DataFile& file : now) {
    if (file.weights) paths.insert(file.path);
  }
  for (DataFile& file : before) file.weights = file.weights || paths.count(file.path) > 0;
  const auto is_weights = [](const DataFile& file) { return file.weights; };
  now.erase(std::remove_if(now.begin(), now.end(), is_weights), now.end());
  std::copy_if(before.begin(), before.end(), std::back_inserter(now), is_weights);
  std::sort(now.begin(), now.end(), [](const DataFile& a, const DataFile& b) { return a.path < b.path; });
}

void write_data_record(const fs::path& file, const DataRecord& record) {
  std::string text = kHead;
  for (const DataFile& line : record) {
    text += fmt::format("{}\t{}\t{}\t{}\t{}\n", line.bytes, line.modified, line.hash.empty() ? "-" : line.hash,
                        line.weights ? kWeights : "data", on_one_line(line.path));
  }
  write_file_atomically(file, {text}, Links::refuse);
}

DataRecord read_data_record(const fs::path& file) {
  std::istringstream stream(read_own_file(file));
  DataRecord record;
  std::string line;
  if (!std::getline(stream, line)) return record;
  line += '\n';
  const bool earlier = line == kEarlierHead;
  if (!earlier && line != kHead) {
    throw DataError(
        fmt::format("{}: its first line is not that of a record of data files; put the file back, or remove "
                    "it to go on without comparing the data",
                    file.string()));
  }
  while (std::getline(stream, line)) {
    std::istringstream fields(line);
    DataFile read;
    std::string bytes, modified, kind, path;
    std::getline(fields, bytes, '\t');
    std::getline(fields, modified, '\t');
    std::getline(fields, read.hash, '\t');
    if (!earlier) std::getline(fields, kind, '\t');
    std::getline(fields, path);
    read.path = earlier ? path : from_one_line(path);
    read.weights = kind == kWeights;
    read.bytes = number(bytes);
    read.modified = number(modified);
    if (read.hash == "-") read.hash.clear();
    record.push_back(std::move(read));
  }
  return record;
}

DataChanges compare_data(const DataRecord& before, const DataRecord& now) {
  std::map<std::string, const DataFile*> known;
  for (const DataFile& file : before) known.emplace(file.path, &file);
  DataChanges changes;
  std::vector<std::string> added;
  for (const DataFile& file : now) {
    const auto found = known.find(file.path);
    if (found == known.end()) {
      added.push_back(file.path + ": it is new");
      continue;
    }
    const DataFile& earlier = *found->second;
    const std::string change = change_of(earlier, file);
    if (!change.empty()) changes.certain.push_back(fmt::format("{}: {}", file.path, change));
    const bool hashed = !earlier.hash.empty() && !file.hash.empty();
    if (change.empty() && !hashed && earlier.modified != file.modified) changes.touched.push_back(file.path);
    known.erase(found);
  }
  // What a list names more or less is told by the list itself, which comes first.
  for (std::string& line : added) changes.certain.push_back(std::move(line));
  for (const auto& [path, file] : known) changes.certain.push_back(path + ": it is not in the lists any more");
  return changes;
}

std::string shortened(const std::vector<std::string>& all) {
  constexpr std::size_t kShown = 4;
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(std::min(kShown, all.size()));
  std::string text = fmt::format("{}", fmt::join(all.begin(), end, "; "));
  if (all.size() > kShown) text += fmt::format(" and {} more", all.size() - kShown);
  return text;
}

}  // namespace longtail
