#include "core/engine/tensorboard.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <longtail/error.h>

#include "core/io/atomic_file.h"
#include "registry/text/affixes.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;

double wall_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// The little of protobuf that an Event needs: tags, varints, fixed numbers and nested messages.
template <class T>
std::string raw(T value) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<char>((value & 0x7F) | 0x80));
  bytes.push_back(static_cast<char>(value));
  return bytes;
}

std::string tag(int field, int wire_type) { return varint(static_cast<std::uint64_t>(field) << 3 | wire_type); }
std::string bytes_field(int field, const std::string& value) { return tag(field, 2) + varint(value.size()) + value; }
std::string number_field(int field, std::int64_t value) {
  return tag(field, 0) + varint(static_cast<std::uint64_t>(value));
}

std::vector<fs::path> earlier_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code unseen;
  for (fs::directory_iterator entry(folder, unseen), end; !unseen && entry != end; entry.increment(unseen)) {
    const std::string name = entry->path().filename().string();
    if (starts_with(name, "events.out.tfevents.") && ends_with(name, ".longtail")) files.push_back(entry->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// What of earlier files is still so when training goes on at `iteration`, each value once.
std::string kept_records(const std::vector<fs::path>& files, std::int64_t iteration) {
  std::string records;
  std::set<std::pair<std::string, std::int64_t>> seen;
  for (const fs::path& file : files) {
    for (const EventRecord& event : read_events(file)) {
      const bool logged = starts_with(event.tag, "train/") && event.tag != "train/pictures";
      const bool past = event.step < iteration || (event.step == iteration && logged);
      if (event.tag.empty() || !past || !seen.emplace(event.tag, event.step).second) continue;
      records += event_record(event.body);
    }
  }
  return records;
}

}  // namespace

TensorBoard::TensorBoard(const fs::path& folder, std::int64_t iteration) {
  const fs::path file = folder / fmt::format("events.out.tfevents.{:.0f}.longtail", wall_time());
  const std::vector<fs::path> earlier = earlier_files(folder);
  const std::string head = event_record(tag(1, 1) + raw(wall_time()) + bytes_field(3, "brain.Event:2"));
  const std::string kept = iteration > 0 ? kept_records(earlier, iteration) : std::string();
  try {
    write_file_atomically(file, {head, kept}, Links::refuse);
  } catch (const Error&) {  // a full disk: the curves are a comfort that stops no run
    file_ = AppendFile(file);
    return;
  }
  std::error_code ignored;
  for (const fs::path& old : earlier) {
    if (old != file) fs::remove(old, ignored);
  }
  file_ = AppendFile(file);
}

void TensorBoard::scalar(const std::string& name, double value, std::int64_t step) {
  write_value(bytes_field(1, name) + tag(2, 5) + raw(static_cast<float>(value)), step);
}

void TensorBoard::metrics(const std::map<std::string, std::map<std::string, double>>& metrics, std::int64_t step,
                          bool partial) {
  for (const auto& [group, values] : metrics) {
    for (const auto& [name, value] : values) {
      if (value >= 0) scalar(group + (partial ? ".partial/" : "/") + name, value, step);
    }
  }
  flush();
}

void TensorBoard::picture(const std::string& name, const std::string& encoded, int height, int width,
                          std::int64_t step) {
  constexpr std::int64_t kRgb = 3;
  const std::string image =
      number_field(1, height) + number_field(2, width) + number_field(3, kRgb) + bytes_field(4, encoded);
  write_value(bytes_field(1, name) + bytes_field(4, image), step);
}

void TensorBoard::write_value(const std::string& value, std::int64_t step) {
  waiting_ +=
      event_record(tag(1, 1) + raw(wall_time()) + number_field(2, step) + bytes_field(5, bytes_field(1, value)));
}

void TensorBoard::flush() {
  if (!waiting_.empty()) file_.write(waiting_);
  waiting_.clear();
}

}  // namespace longtail
