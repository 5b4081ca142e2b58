#include "core/io/torch_names.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <utility>

namespace longtail {
namespace {

constexpr std::array<std::pair<std::string_view, at::ScalarType>, 14> storages{{
    {"torch.FloatStorage", at::kFloat},
    {"torch.DoubleStorage", at::kDouble},
    {"torch.HalfStorage", at::kHalf},
    {"torch.BFloat16Storage", at::kBFloat16},
    {"torch.LongStorage", at::kLong},
    {"torch.IntStorage", at::kInt},
    {"torch.ShortStorage", at::kShort},
    {"torch.CharStorage", at::kChar},
    {"torch.ByteStorage", at::kByte},
    {"torch.BoolStorage", at::kBool},
    {"torch.ComplexFloatStorage", at::kComplexFloat},
    {"torch.ComplexDoubleStorage", at::kComplexDouble},
    {"torch.UntypedStorage", at::kByte},
    {"torch.storage.UntypedStorage", at::kByte},
}};

constexpr std::string_view known[] = {
    "torch._utils._rebuild_tensor",
    "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_parameter",
    "torch._utils._rebuild_parameter_with_state",
    "torch.Size",
    "torch.device",
    "collections.OrderedDict",
    "collections.defaultdict",
    "collections.Counter",
    "collections.deque",
    "builtins.dict",
    "builtins.list",
    "builtins.tuple",
    "builtins.set",
    "__builtin__.dict",
    "__builtin__.list",
    "__builtin__.tuple",
    "__builtin__.set",
};

/// Modules that run programs and code, or load more of it.
constexpr std::string_view harmful_modules[] = {
    "_pickle",   "asyncio", "bdb",    "cProfile", "code",       "codeop",
    "commands",  "ctypes",  "dill",   "ftplib",   "http",       "imp",
    "importlib", "marshal", "nt",     "os",       "pdb",        "pickle",
    "pip",       "popen2",  "posix",  "profile",  "pty",        "requests",
    "runpy",     "shutil",  "signal", "smtplib",  "socket",     "subprocess",
    "sys",       "timeit",  "urllib", "urllib2",  "webbrowser", "multiprocessing"};

constexpr std::string_view harmful_builtins[] = {"eval",  "exec",       "execfile", "compile", "open",    "file",
                                                 "input", "__import__", "setattr",  "delattr", "globals", "locals",
                                                 "vars",  "breakpoint", "apply",    "reload"};

template <std::size_t count>
bool is_one_of(const std::string_view (&names)[count], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

}  // namespace

std::optional<at::ScalarType> torch_storage_type(std::string_view name) {
  const auto* found =
      std::find_if(storages.begin(), storages.end(), [&](const auto& item) { return item.first == name; });
  if (found == storages.end()) return std::nullopt;
  return found->second;
}

bool is_known_in_torch_files(std::string_view name) {
  return torch_storage_type(name).has_value() || is_one_of(known, name);
}

bool is_allowed_in_torch_files(std::string_view name) {
  const std::string_view module = name.substr(0, name.find('.'));
  if (module == "builtins" || module == "__builtin__") {
    return !is_one_of(harmful_builtins, name.substr(std::min(name.size(), module.size() + 1)));
  }
  return !is_one_of(harmful_modules, module);
}

}  // namespace longtail
