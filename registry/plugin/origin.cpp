#include "registry/plugin/origin.h"

#include <fmt/format.h>
#include <longtail/catalog.h>
#include <longtail/error.h>

#include <exception>
#include <new>
#include <stdexcept>
#include <utility>

#include "registry/text/several_lines.h"
#include "registry/text/visible.h"

namespace longtail {
namespace {

thread_local const Making* innermost = nullptr;

constexpr const char* kSuffix = ".longtail.so)";

/// LibTorch's errors carry a stack, which tells a user nothing.
std::string without_stack(const std::string& text) { return text.substr(0, text.find("\nException raised from ")); }

/// As it is where nothing is to be added, for it may be more than an E.
template <class E>
[[noreturn]] void rethrow_as(const std::string& origin, const E& error) {
  const std::string told = said_by(visible(origin), error.what());
  if (told == error.what()) throw;
  throw_like<E>(error, told);
}

/// Of the standard library's errors with a text; returns where it was another one.
void rethrow_standard(const std::string& origin) {
  try {
    throw;
  } catch (const std::invalid_argument& error) {
    rethrow_as(origin, error);
  } catch (const std::domain_error& error) {
    rethrow_as(origin, error);
  } catch (const std::length_error& error) {
    rethrow_as(origin, error);
  } catch (const std::out_of_range& error) {
    rethrow_as(origin, error);
  } catch (const std::logic_error& error) {
    rethrow_as(origin, error);
  } catch (const std::runtime_error& error) {
    rethrow_as<std::runtime_error>(origin, error);
  } catch (...) {
  }
}

void rethrow_own(const std::string& origin) {
  try {
    throw;
  } catch (const ConfigError& error) {
    rethrow_as(origin, error);
  } catch (const PluginError& error) {
    rethrow_as(origin, error);
  } catch (const DataError& error) {
    rethrow_as(origin, error);
  } catch (const DivergedError& error) {
    rethrow_as(origin, error);
  } catch (const Error& error) {
    throw Error(error.code(), said_by(visible(origin), error.what()));
  } catch (...) {
  }
}

}  // namespace

std::string origin_of(const ComponentEntry& entry) {
  const std::string name = detail::owner_name(entry.kind, entry.name);
  return entry.file.empty() ? name : fmt::format("{} ({})", name, entry.file);
}

Making::Making(std::string origin) : origin_(std::move(origin)), outer_(innermost) { innermost = this; }
Making::~Making() { innermost = outer_; }

std::string Making::current() { return innermost == nullptr ? std::string() : innermost->origin_; }

std::string said_by(const std::string& origin, const std::string& text) {
  const std::string first = text.substr(0, text.find('\n'));
  if (first.find(": error: ") != std::string::npos || first.find(kSuffix) != std::string::npos) return text;
  const std::string name = origin.substr(0, origin.find(" ("));
  const bool names_itself = text.compare(0, name.size(), name) == 0;
  return names_itself ? origin + text.substr(name.size()) : origin + ": " + text;
}

OutOfMemory::OutOfMemory(std::string text) : text_(std::move(text)) {}
OutOfMemory::~OutOfMemory() = default;

bool is_about_memory(const std::string& text) {
  for (const char* form : {"CUDA out of memory", "CUDA error: out of memory", "DefaultCPUAllocator: "}) {
    if (text.find(form) != std::string::npos) return true;
  }
  return false;
}

void rethrow_said_by(const std::string& origin) {
  rethrow_own(origin);
  rethrow_standard(origin);
  try {
    throw;
  } catch (const OutOfMemory& error) {
    throw OutOfMemory(said_by(visible(origin), error.what()));
  } catch (const std::bad_alloc&) {
    throw OutOfMemory(said_by(visible(origin), "out of memory"));
  } catch (const std::exception& error) {
    const std::string text = without_stack(error.what());
    if (is_about_memory(text)) throw OutOfMemory(said_by(visible(origin), text));
    throw PluginError(said_by(origin, text));
  } catch (...) {
    throw PluginError(said_by(origin, "it threw something that is no std::exception"));
  }
}

}  // namespace longtail
