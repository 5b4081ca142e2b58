#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace longtail {

/// Finds up to four different bytes in blocks of 64.
class ByteFinder {
 public:
  static constexpr std::size_t kBlock = 64;

  ByteFinder(char a, char b, char c, char d) : wanted_{a, b, c, d} {}

  /// Bit i says that text[i] is one of the bytes; `size` may be less than a block.
  std::uint64_t find(const char* text, std::size_t size) const {
#if defined(__SSE2__)
    if (size >= kBlock) return find_block(text);
#endif
    std::uint64_t found = 0;
    for (std::size_t i = 0; i < size && i < kBlock; ++i) {
      const char c = text[i];
      const bool hit = c == wanted_[0] || c == wanted_[1] || c == wanted_[2] || c == wanted_[3];
      found |= std::uint64_t{hit} << i;
    }
    return found;
  }

 private:
#if defined(__SSE2__)
  std::uint64_t find_block(const char* text) const {
    std::uint64_t found = 0;
    for (int part = 0; part < 4; ++part) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text) + part);
      __m128i hits = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(wanted_[0]));
      for (int i = 1; i < 4; ++i) hits = _mm_or_si128(hits, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(wanted_[i])));
      found |= static_cast<std::uint64_t>(_mm_movemask_epi8(hits)) << (16 * part);
    }
    return found;
  }
#endif

  char wanted_[4];
};

}  // namespace longtail
