#include "registry/plugin/plugin_file.h"

#include <elf.h>
#include <fmt/format.h>
#include <link.h>
#include <longtail/error.h>
#include <longtail/plugin_abi.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

#include "registry/files/input_file.h"
#include "registry/text/affixes.h"
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

/// A file that is read piece by piece: reading a mapping of one that is cut meanwhile would end the program.
class PluginFile {
 public:
  explicit PluginFile(const fs::path& file) : input_(file) {
    std::error_code unseen;
    if (input_.is_foreign()) {
      refuse(fs::is_directory(file, unseen) ? "it is a folder, not a plugin" : "it is no ordinary file");
    }
    if (!input_.is_open()) refuse(fmt::format("it cannot be read: {}", input_.reason()));
    if (size() > kLargest) refuse(fmt::format("it is too big for a plugin: {} MiB", size() >> 20));
  }

  /// Bytes, when it was opened.
  std::uint64_t size() const { return input_.size(); }

  /// `count` bytes from `offset` on, which lie below size().
  void read(std::uint64_t offset, void* to, std::size_t count) const {
    for (std::size_t done = 0; done < count;) {
      const ssize_t got =
          ::pread(input_.descriptor(), static_cast<char*>(to) + done, count - done, static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) refuse(fmt::format("it cannot be read: {}", std::strerror(errno)));
      if (got == 0) refuse("it was cut while it was being read; leave it alone meanwhile, and start again");
      done += static_cast<std::size_t>(got);
    }
  }

 private:
  InputFile input_;
};

/// Where a copy was cut off or a header says nonsense the dynamic loader crashes: look first. Offsets and sizes come
/// from the file, so no sum of them may be trusted to fit its type.
class ElfCheck {
 public:
  explicit ElfCheck(const PluginFile& file) : file_(file) {}

  void run() {
    read_header();
    std::vector<Segment> table(header_.e_phnum);
    require(header_.e_phoff, table.size() * sizeof(Segment));
    file_.read(header_.e_phoff, table.data(), table.size() * sizeof(Segment));
    for (const Segment& segment : table) check(segment);
    if (!loads_) refuse("it is damaged: it has nothing to load; build it again");
  }

 private:
  using Header = ElfW(Ehdr);
  using Segment = ElfW(Phdr);

  void read_header() {
    const bool has_header = file_.size() >= sizeof(header_);
    if (has_header) file_.read(0, &header_, sizeof(header_));
    if (!has_header || std::memcmp(header_.e_ident, ELFMAG, SELFMAG) != 0) refuse("it is not a shared library");
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
    if (size <= file_.size() && offset <= file_.size() - size) return;
    std::uint64_t needed = 0;
    if (__builtin_add_overflow(offset, size, &needed)) {
      refuse("it is damaged: its header names bytes beyond any file; build it again");
    }
    refuse(fmt::format("it is cut off: {} bytes of at least {}; copy or build it again", file_.size(), needed));
  }

  const PluginFile& file_;
  Header header_ = {};
  bool loads_ = false;
};

/// What stands between the marks; nothing where they are missing.
std::optional<std::string> marked_text(const PluginFile& file) {
  constexpr std::size_t kPiece = 1 << 20, kLongest = 4096;
  std::vector<char> piece(kPiece + kMarkerOpens.size());  // a mark may lie on the border of two
  for (std::uint64_t at = 0; at < file.size(); at += kPiece) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), file.size() - at));
    file.read(at, piece.data(), count);
    // memmem: the searchers of the standard library take seconds on a debug build of a hundred megabytes.
    const void* found = ::memmem(piece.data(), count, kMarkerOpens.data(), kMarkerOpens.size());
    if (found == nullptr) continue;
    const auto before = static_cast<std::size_t>(static_cast<const char*>(found) - piece.data());
    const std::uint64_t start = at + before + kMarkerOpens.size();
    std::string text(static_cast<std::size_t>(std::min<std::uint64_t>(kLongest, file.size() - start)), '\0');
    file.read(start, text.data(), text.size());
    const std::size_t end = text.find(kMarkerCloses);
    if (end == std::string::npos) break;
    return text.substr(0, end);
  }
  return std::nullopt;
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

bool is_plugin_name(std::string_view file) {
  constexpr std::string_view suffix = ".longtail.so";
  return file.size() > suffix.size() && ends_with(file, suffix) && file[file.size() - suffix.size() - 1] != '/';
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

AbiFacts read_abi_facts(const fs::path& path) {
  const PluginFile file(path);
  ElfCheck(file).run();
  if (const std::optional<std::string> text = marked_text(file)) return parse_abi_facts(*text);
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
