#include <ATen/Context.h>
#include <ATen/Version.h>
#include <dlfcn.h>
#include <fmt/format.h>
#include <gnu/libc-version.h>
#include <torch/version.h>

#include <map>
#include <opencv2/core/utility.hpp>
#include <set>
#include <string>
#include <system_error>

#include "core/doctor/doctor.h"
#include "core/system/build_info.h"
#include "registry/text/visible.h"

namespace longtail {
namespace {

std::string file_of_libtorch() {
  Dl_info info;
  auto* const function = &at::get_mkldnn_version;
  if (dladdr(reinterpret_cast<void*>(function), &info) == 0 || info.dli_fname == nullptr) return "?";
  std::error_code failed;
  const auto file = std::filesystem::canonical(info.dli_fname, failed);
  return failed ? info.dli_fname : file.string();
}

/// The line of LibTorch's description that starts with `label`.
std::string line_of(const std::string& text, const std::string& label) {
  const std::size_t start = text.find(label);
  if (start == std::string::npos) return "unknown";
  const std::size_t begin = start + label.size();
  return text.substr(begin, text.find('\n', begin) - begin);
}

}  // namespace

void examine_software(std::vector<Finding>& findings) {
  const BuildInfo& build = build_info();
  const bool slow = build.build_type == "Debug" || !build.sanitizers.empty();
  findings.push_back({"Software", "longtail", build.text(), ""});
  findings.push_back({"Software", "build",
                      fmt::format("{}, {}{}", build.build_type, build.compiler,
                                  build.sanitizers.empty() ? "" : ", sanitizers " + build.sanitizers),
                      slow ? "meant for finding bugs, slow for training: ./bootstrap.sh build" : ""});
  const std::string description = at::show_config();
  findings.push_back({"Software", "LibTorch", fmt::format("{} ({})", TORCH_VERSION, file_of_libtorch()), ""});
  findings.push_back({"Software", "LibTorch kernels", line_of(description, "CPU capability usage: "), ""});
  findings.push_back({"Software", "oneDNN", at::get_mkldnn_version(), ""});
  findings.push_back({"Software", "OpenCV", cv::getVersionString(), ""});
  findings.push_back({"Software", "glibc", gnu_get_libc_version(), ""});
  findings.push_back({"Software", "built with", LONGTAIL_LIBRARY_VERSIONS, ""});
}

void examine_plugins(const Catalog& catalog, std::vector<Finding>& findings) {
  std::map<std::string, std::string> names;
  std::map<std::filesystem::path, std::set<std::string>> files;
  for (const ComponentEntry* entry : catalog.entries()) {
    std::string& list = names[entry->kind];
    list += (list.empty() ? "" : ", ") + entry->name;
    files[std::filesystem::path(entry->file).parent_path()].insert(entry->file);
  }
  for (const auto& folder : catalog.searched()) {
    std::error_code failed;
    const bool exists = std::filesystem::is_directory(folder, failed);
    const auto found = files.find(folder);
    const std::size_t count = found == files.end() ? 0 : found->second.size();
    findings.push_back({"Plugins", "folder",
                        fmt::format("{}: {}", folder.string(),
                                    exists ? fmt::format("{} plugin files in use", count) : "does not exist"),
                        ""});
  }
  for (const auto& [kind, list] : names) findings.push_back({"Plugins", kind, list, ""});
  if (names.empty()) {
    findings.push_back({"Plugins", "found", "none",
                        "build them (./bootstrap.sh build) or name their folder with --plugin-dir or "
                        "$LONGTAIL_PLUGIN_PATH"});
  }
  for (const auto& failure : catalog.failures()) {
    findings.push_back({"Plugins", "not usable", visible(failure.file.native()), failure.reason});
  }
}

}  // namespace longtail
