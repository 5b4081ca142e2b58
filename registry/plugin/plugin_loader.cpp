#include <longtail/plugin_loader.h>

// std::filesystem in Boost.DLL's interface, not Boost's own.
#define BOOST_DLL_USE_STD_FS

#include <cxxabi.h>
#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>
#include <boost/dll/runtime_symbol_info.hpp>
#include <boost/dll/shared_library.hpp>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <set>

#include "registry/plugin/plugin_call.h"
#include "registry/plugin/plugin_file.h"
#include "registry/text/several_lines.h"
#include "registry/text/visible.h"

namespace longtail {

namespace fs = std::filesystem;
namespace dll = boost::dll;

namespace {

constexpr const char* kEntry = "longtail_register_plugin";
using Entry = void(Registrar&);

/// Keeps a library open for ever: autograd nodes, exceptions and virtual functions of a plugin may be used until the
/// process ends, so not even the end of the program closes one.
dll::shared_library& keep(dll::shared_library library) {
  static std::mutex* mutex = new std::mutex;
  static auto* kept = new std::vector<std::unique_ptr<dll::shared_library>>;
  const std::lock_guard<std::mutex> lock(*mutex);
  kept->push_back(std::make_unique<dll::shared_library>(std::move(library)));
  return *kept->back();
}

std::string demangled(const std::string& symbol) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status),
                                                    std::free);
  return status == 0 ? text.get() : symbol;
}

/// What the dynamic loader said, out of Boost's "...(dlerror system message: FILE: REASON): Bad file descriptor", whose
/// last part is untrue.
std::string loader_message(std::string text, const fs::path& file) {
  const std::string opens = "dlerror system message: ";
  if (const std::size_t at = text.find(opens); at != std::string::npos) text = text.substr(at + opens.size());
  if (const std::size_t at = text.rfind(')'); at != std::string::npos) text = text.substr(0, at);
  const std::string prefix = file.string() + ": ";
  if (text.compare(0, prefix.size(), prefix) == 0) text = text.substr(prefix.size());

  const std::string unresolved = "undefined symbol: ";
  if (text.compare(0, unresolved.size(), unresolved) == 0) {
    std::string symbol = text.substr(unresolved.size());
    symbol = symbol.substr(0, symbol.find_first_of(", \t("));
    return fmt::format("it needs '{}', which no library offers; link what defines it, or build the plugin again",
                       demangled(symbol));
  }
  return fmt::format("the system cannot load it: {}", text);
}

dll::shared_library& open(const fs::path& file) {
  try {
    return keep(dll::shared_library(file, dll::load_mode::rtld_now | dll::load_mode::rtld_local));
  } catch (const std::exception& error) {
    throw PluginError(loader_message(error.what(), file));
  }
}

/// Everything a plugin offers. Throws PluginError with the reason, without the file's name.
std::vector<ComponentEntry> read_plugin(const fs::path& file) {
  const PluginCall call(file.string(), "was being loaded");
  const std::string differences = abi_differences(host_abi_facts(), read_abi_facts(file));
  if (!differences.empty()) throw LinesError<PluginError>(differences);

  dll::shared_library& library = open(file);
  if (!library.has(kEntry)) throw PluginError("it has no entry function: LONGTAIL_PLUGIN(reg) {...} defines it");
  Registrar registrar;
  try {
    library.get<Entry>(kEntry)(registrar);
  } catch (const std::exception& error) {
    throw PluginError(fmt::format("its entry function failed: {}", visible(error.what())));
  } catch (...) {
    throw PluginError("its entry function threw something that is no std::exception");
  }
  std::vector<ComponentEntry> entries = registrar.take();
  if (entries.empty()) throw PluginError("its entry function registers nothing");
  for (ComponentEntry& entry : entries) entry.file = file.string();
  return entries;
}

bool is_loaded(const fs::path& file, const Catalog& catalog) {
  for (const ComponentEntry* entry : catalog.entries()) {
    std::error_code ignored;
    if (!entry->file.empty() && fs::equivalent(entry->file, file, ignored)) return true;
  }
  return false;
}

std::vector<fs::path> plugin_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code ignored;
  for (fs::directory_iterator it(folder, ignored), end; !ignored && it != end; it.increment(ignored)) {
    if (is_plugin_name(it->path().filename().native())) files.push_back(it->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

void add_folder(std::vector<fs::path>& folders, const fs::path& folder) {
  std::error_code ignored;
  const fs::path whole = fs::weakly_canonical(fs::absolute(folder), ignored);
  const fs::path& known = whole.empty() ? folder : whole;
  if (std::find(folders.begin(), folders.end(), known) == folders.end()) folders.push_back(known);
}

void add_existing(std::vector<fs::path>& folders, const fs::path& folder, const char* from) {
  std::error_code unseen, failure;
  if (fs::is_directory(folder, unseen)) return add_folder(folders, folder);
  static_cast<void>(fs::exists(folder, failure));  // no failure where it is just not there
  throw PluginError(
      fmt::format("{} {}: {}", from, folder.string(),
                  failure ? fmt::format("cannot be reached: {}", failure.message()) : "there is no such folder"));
}

}  // namespace

std::vector<fs::path> plugin_search_path(const std::vector<fs::path>& given, const std::vector<fs::path>& from_config) {
  std::vector<fs::path> folders;
  for (const fs::path& folder : given) add_existing(folders, folder, "--plugin-dir");
  for (const fs::path& folder : from_config) add_existing(folders, folder, "plugin_path");
  if (const char* variable = std::getenv("LONGTAIL_PLUGIN_PATH")) {
    const std::string text = variable;
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t end = std::min(text.find(':', at), text.size());
      // An empty part means the current folder elsewhere; here it means nothing.
      if (end > at) add_folder(folders, text.substr(at, end - at));
      at = end + 1;
    }
  }
  std::error_code ignored;
  const fs::path program = dll::program_location(ignored);
  if (!program.empty()) add_folder(folders, program.parent_path().parent_path() / "lib" / "longtail" / "plugins");
  return folders;
}

void load_plugin(const fs::path& file, Catalog& catalog) {
  const fs::path whole = fs::absolute(file);
  if (is_loaded(whole, catalog)) return;
  std::vector<ComponentEntry> entries;
  try {
    entries = read_plugin(whole);
  } catch (const PluginError& error) {
    throw LinesError<PluginError>(fmt::format("cannot load the plugin {}: {}", visible(whole.native()), shown(error)));
  }
  catalog.commit(std::move(entries));
}

void load_plugins(const std::vector<fs::path>& folders, Catalog& catalog) {
  for (const fs::path& folder : folders) {
    catalog.add_searched(folder);
    for (const fs::path& file : plugin_files(folder)) {
      if (is_loaded(file, catalog)) continue;
      std::vector<ComponentEntry> entries;
      try {
        entries = read_plugin(file);
      } catch (const PluginError& error) {
        catalog.add_failure({file, shown(error)});
        continue;
      }
      catalog.commit(std::move(entries));
    }
  }
}

}  // namespace longtail
