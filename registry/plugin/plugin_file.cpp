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
#include <cstdint>
#include <cstring>
#include <string_view>

#include "registry/text/visible.h"

namespace longtail {

namespace fs = std::filesystem;

namespace {

// In two halves, so that this library is not taken for a plugin.
const std::string kMarkerOpens = std::string("<longtail-") + "plugin:";
const std::string kMarkerCloses = std::string(":longtail-") + "plugin>";

constexpr std::uint64_t kLargest = std::uint64_t{4}
                                   << 30;  // with everything for debuggers; a sparse file may claim more

#if defined(__x86_64__)
constexpr unsigned kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr unsigned kMachine = EM_AARCH64;
#else
constexpr unsigned kMachine = EM_NONE;  // not compared
#endif

[[noreturn]] void refuse(const std::string& reason) { throw PluginError(reason); }

/// A file's bytes, mapped for reading.
class MappedFile {
 public:
  explicit MappedFile(const fs::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) refuse(fmt::format("it cannot be read: {}", std::strerror(errno)));
    struct stat status {};
    const bool known = ::fstat(descriptor, &status) == 0;
    size_ = static_cast<std::size_t>(status.st_size);
    if (known && S_ISREG(status.st_mode) && size_ > 0 && size_ <= kLargest) {
      bytes_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
    }
    const int reason = errno;
    ::close(descriptor);
    if (S_ISDIR(status.st_mode)) refuse("it is a folder, not a plugin");
    if (known && !S_ISREG(status.st_mode)) refuse("it is no ordinary file");
    if (size_ > kLargest) refuse(fmt::format("it is too big for a plugin: {} MiB", size_ >> 20));
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

/// Where a copy was cut off or a header says nonsense the dynamic loader crashes: look first. Offsets and sizes come
/// from the file, so no sum of them may be trusted to fit its type.
class ElfCheck {
 public:
  explicit ElfCheck(std::string_view bytes) : bytes_(bytes) {}

  void run() {
    read_header();
    const std::uint64_t table = std::uint64_t{header_.e_phnum} * sizeof(Segment);
    require(header_.e_phoff, table);
    for (std::size_t i = 0; i < header_.e_phnum; ++i) {
      Segment segment;
      std::memcpy(&segment, bytes_.data() + header_.e_phoff + i * sizeof(segment), sizeof(segment));
      check(segment);
    }
    if (!loads_) refuse("it is damaged: it has nothing to load; build it again");
  }

 private:
  using Header = ElfW(Ehdr);
  using Segment = ElfW(Phdr);

  void read_header() {
    if (bytes_.size() < sizeof(header_) || bytes_.substr(0, SELFMAG) != std::string_view(ELFMAG, SELFMAG)) {
      refuse("it is not a shared library");
    }
    std::memcpy(&header_, bytes_.data(), sizeof(header_));
    const bool same_width = header_.e_ident[EI_CLASS] == (sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32);
    const bool same_order = header_.e_ident[EI_DATA] == ELFDATA2LSB;
    if (!same_width || !same_order || header_.e_type != ET_DYN ||
        (kMachine != EM_NONE && header_.e_machine != kMachine)) {
      refuse("it is not a shared library for this machine");
    }
    if (header_.e_phnum == 0 || header_.e_phnum == PN_XNUM || header_.e_phentsize != sizeof(Segment)) {
      refuse("it is damaged: its header names no table of segments; build it again");
    }
  }

  void check(const Segment& segment) {
    const bool load = segment.p_type == PT_LOAD;
    if (!load && segment.p_type != PT_DYNAMIC) return;
    loads_ |= load;
    require(segment.p_offset, segment.p_filesz);
    const std::uint64_t largest = std::uint64_t{1} << (sizeof(void*) == 8 ? 46 : 31);
    const bool sane = segment.p_filesz <= segment.p_memsz && segment.p_vaddr < largest && segment.p_memsz < largest;
    if (!sane) refuse("it is damaged: a segment is larger than memory; build it again");
  }

  /// That the file has these bytes.
  void require(std::uint64_t offset, std::uint64_t size) const {
    if (size <= bytes_.size() && offset <= bytes_.size() - size) return;
    std::uint64_t needed = 0;
    if (__builtin_add_overflow(offset, size, &needed)) {
      refuse("it is damaged: its header names bytes beyond any file; build it again");
    }
    refuse(fmt::format("it is cut off: {} bytes of at least {}; copy or build it again", bytes_.size(), needed));
  }

  std::string_view bytes_;
  Header header_ = {};
  bool loads_ = false;
};

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

bool is_plugin_name(std::string_view file) {
  constexpr std::string_view suffix = ".longtail.so";
  return file.size() > suffix.size() && file.substr(file.size() - suffix.size()) == suffix &&
         file[file.size() - suffix.size() - 1] != '/';
}

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
  ElfCheck(bytes).run();
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
    if (ours == theirs) continue;
    rows += fmt::format("\n    {:<22}{:<18}{}", visible(label(key), 40), ours, visible(theirs, 60));
  }
  if (rows.empty()) return {};
  return fmt::format(
      "it was built for another longtail:\n    {:<22}{:<18}{}{}\n    Build the plugin again with this longtail: remove "
      "its "
      "build folder, and let find_package(longtail) find this installation.",
      "", "this longtail", "the plugin", rows);
}

}  // namespace longtail
