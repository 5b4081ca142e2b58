#include "registry/plugin/plugin_file.h"

#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <link.h>
#include <longtail/error.h>
#include <longtail/plugin_abi.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace longtail {

namespace fs = std::filesystem;

namespace {

// In two halves, so that this library is not taken for a plugin.
const std::string kMarkerOpens = std::string("<longtail-") + "plugin:";
const std::string kMarkerCloses = std::string(":longtail-") + "plugin>";

[[noreturn]] void refuse(const std::string& reason) { throw PluginError(reason); }

/// A file's bytes, mapped for reading.
class MappedFile {
 public:
  explicit MappedFile(const fs::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) refuse(fmt::format("it cannot be read: {}", std::strerror(errno)));
    struct stat status {};
    ::fstat(descriptor, &status);
    size_ = static_cast<std::size_t>(status.st_size);
    if (S_ISREG(status.st_mode) && size_ > 0) {
      bytes_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
    }
    const int reason = errno;
    ::close(descriptor);
    if (S_ISDIR(status.st_mode)) refuse("it is a folder, not a plugin");
    if (!S_ISREG(status.st_mode)) refuse("it is no ordinary file");
    if (bytes_ == MAP_FAILED) refuse(fmt::format("it cannot be read: {}", std::strerror(reason)));
  }
  ~MappedFile() {
    if (bytes_ != nullptr && bytes_ != MAP_FAILED) ::munmap(bytes_, size_);
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::string_view bytes() const { return {static_cast<const char*>(bytes_), bytes_ == nullptr ? 0 : size_}; }

 private:
  void* bytes_ = nullptr;
  std::size_t size_ = 0;
};

/// The dynamic loader maps what the headers promise and crashes where a copy was cut off: look first.
void check_shared_library(std::string_view bytes) {
  ElfW(Ehdr) header;
  if (bytes.size() < sizeof(header) || bytes.substr(0, SELFMAG) != std::string_view(ELFMAG, SELFMAG)) {
    refuse("it is not a shared library");
  }
  std::memcpy(&header, bytes.data(), sizeof(header));
  const bool same_width = header.e_ident[EI_CLASS] == (sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32);
  if (!same_width || header.e_type != ET_DYN) refuse("it is not a shared library for this machine");

  std::size_t needed = header.e_phoff + std::size_t{header.e_phnum} * sizeof(ElfW(Phdr));
  for (std::size_t i = 0; i < header.e_phnum && needed <= bytes.size(); ++i) {
    ElfW(Phdr) segment;
    std::memcpy(&segment, bytes.data() + header.e_phoff + i * sizeof(segment), sizeof(segment));
    if (segment.p_type == PT_LOAD) needed = std::max<std::size_t>(needed, segment.p_offset + segment.p_filesz);
  }
  if (needed > bytes.size()) {
    refuse(fmt::format("it is cut off: {} bytes of at least {}; copy or build it again", bytes.size(), needed));
  }
}

const char* label(const std::string& key) {
  static const std::pair<const char*, const char*> labels[] = {
      {"api", "plugin interface"},       {"libtorch", "LibTorch"},   {"stdlib", "C++ standard library"},
      {"cxx11_abi", "C++11 string ABI"}, {"sanitizer", "sanitizer"}, {"machine", "machine"}};
  for (const auto& [name, text] : labels) {
    if (key == name) return text;
  }
  return key.c_str();
}

std::string value_of(const AbiFacts& facts, const std::string& key) {
  for (const auto& [name, value] : facts) {
    if (name == key) return value;
  }
  return "not told";
}

}  // namespace

AbiFacts parse_abi_facts(const std::string& text) {
  AbiFacts facts;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(';', at), text.size());
    const std::string item = text.substr(at, end - at);
    const std::size_t equals = item.find('=');
    if (equals != std::string::npos) facts.emplace_back(item.substr(0, equals), item.substr(equals + 1));
    at = end + 1;
  }
  return facts;
}

AbiFacts host_abi_facts() { return parse_abi_facts(LONGTAIL_ABI_FACTS); }

AbiFacts read_abi_facts(const fs::path& file) {
  const MappedFile mapped(file);
  const std::string_view bytes = mapped.bytes();
  check_shared_library(bytes);
  // memmem: the searchers of the standard library take seconds on a debug build of a hundred megabytes.
  const void* found = ::memmem(bytes.data(), bytes.size(), kMarkerOpens.data(), kMarkerOpens.size());
  if (found != nullptr) {
    const std::size_t start = static_cast<const char*>(found) - bytes.data() + kMarkerOpens.size();
    const std::string_view rest = bytes.substr(start, 4096);
    const std::size_t end = rest.find(kMarkerCloses);
    if (end != std::string_view::npos) return parse_abi_facts(std::string(rest.substr(0, end)));
  }
  refuse("it is no longtail plugin: LONGTAIL_PLUGIN(reg) {...} is missing in its sources");
}

std::string abi_differences(const AbiFacts& host, const AbiFacts& plugin) {
  std::vector<std::string> keys;
  for (const AbiFacts* facts : {&host, &plugin}) {
    for (const auto& [key, value] : *facts) {
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    }
  }
  std::string rows;
  for (const std::string& key : keys) {
    const std::string ours = value_of(host, key), theirs = value_of(plugin, key);
    if (ours != theirs) rows += fmt::format("\n    {:<22}{:<18}{}", label(key), ours, theirs);
  }
  if (rows.empty()) return {};
  return fmt::format(
      "it was built for another longtail:\n    {:<22}{:<18}{}{}\n    Build the plugin again with this longtail: remove "
      "its "
      "build folder, and let find_package(longtail) find this installation.",
      "", "this longtail", "the plugin", rows);
}

}  // namespace longtail
