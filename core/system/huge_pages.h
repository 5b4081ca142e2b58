#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace longtail {

/// Asks the kernel to back memory that is about to be filled with huge pages: touching a gigabyte for the first time
/// then takes a fraction of the time. Advice only.
inline void prefer_huge_pages(void* begin, std::size_t bytes) {
#if defined(MADV_HUGEPAGE)
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto first = (reinterpret_cast<std::uintptr_t>(begin) + page - 1) / page * page;
  const auto last = (reinterpret_cast<std::uintptr_t>(begin) + bytes) / page * page;
  if (first < last) ::madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
#else
  (void)begin, (void)bytes;
#endif
}

/// The same for a vector with room for `count` elements, most of which is still untouched.
template <class Vector>
void reserve_in_huge_pages(Vector& vector, std::size_t count) {
  if (count <= vector.capacity()) return;
  vector.reserve(count);
  prefer_huge_pages(vector.data(), vector.capacity() * sizeof(*vector.data()));
}

}  // namespace longtail
