#include "core/io/mappings.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>

namespace longtail {
namespace {

/// A member of a list that only grows, so that a signal handler can walk it at any moment; free ones are used again.
struct Mapping {
  std::atomic<const char*> begin{nullptr};  // nullptr: free
  std::atomic<std::size_t> size{0};
  std::array<char, 1024> path{};
  Mapping* next = nullptr;
};

std::atomic<Mapping*> first{nullptr};
std::mutex changing;

Mapping* find(const char* begin) {
  Mapping* mapping = first.load();
  while (mapping != nullptr && mapping->begin.load() != begin) mapping = mapping->next;
  return mapping;
}

}  // namespace

void remember_mapping(const char* begin, std::size_t size, std::string_view path) {
  const std::lock_guard<std::mutex> lock(changing);
  Mapping* mapping = find(nullptr);
  if (mapping == nullptr) {
    mapping = new Mapping;  // never given back
    mapping->next = first.load();
    first = mapping;
  }
  path = path.substr(0, mapping->path.size() - 1);
  const auto end = std::transform(path.begin(), path.end(), mapping->path.begin(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f ? '?' : c;
  });
  *end = '\0';
  mapping->size = size;
  mapping->begin = begin;
}

void forget_mapping(const char* begin) {
  const std::lock_guard<std::mutex> lock(changing);
  if (Mapping* mapping = find(begin)) mapping->begin = nullptr;
}

const char* mapped_file_at(const void* address) {
  const auto place = reinterpret_cast<std::uintptr_t>(address);
  for (const Mapping* mapping = first.load(); mapping != nullptr; mapping = mapping->next) {
    const auto begin = reinterpret_cast<std::uintptr_t>(mapping->begin.load());
    if (begin != 0 && place >= begin && place - begin < mapping->size.load()) return mapping->path.data();
  }
  return nullptr;
}

}  // namespace longtail
