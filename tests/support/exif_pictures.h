#pragma once

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

namespace longtail::testing {

inline std::string number_bytes(std::uint32_t value, int length, bool little) {
  std::string bytes;
  for (int i = 0; i < length; ++i) bytes += static_cast<char>(value >> 8 * (little ? i : length - 1 - i) & 0xff);
  return bytes;
}

/// EXIF data as cameras write them: a directory of two entries, of which the second tells the orientation.
inline std::string exif_data(int orientation, bool little) {
  const auto n = [&](std::uint32_t value, int length) { return number_bytes(value, length, little); };
  const std::string unit = n(0x0128, 2) + n(3, 2) + n(1, 4) + n(2, 2) + n(0, 2);  // resolution unit: inch
  const std::string turn = n(0x0112, 2) + n(3, 2) + n(1, 4) + n(static_cast<std::uint32_t>(orientation), 2) + n(0, 2);
  return (little ? "II" : "MM") + n(42, 2) + n(8, 4) + n(2, 2) + turn + unit + n(0, 4);
}

/// A JPEG's bytes with EXIF data behind its start.
inline std::string jpeg_with_exif(const std::string& jpeg, int orientation, bool little) {
  const std::string data = std::string("Exif\0\0", 6) + exif_data(orientation, little);
  return jpeg.substr(0, 2) + "\xff\xe1" + number_bytes(static_cast<std::uint32_t>(data.size() + 2), 2, false) + data +
         jpeg.substr(2);
}

inline std::string png_chunk(const std::string& name, const std::string& data) {
  std::uint32_t crc = 0xffffffff;
  for (const char c : name + data) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (0xedb88320 & (0 - (crc & 1)));
  }
  return number_bytes(static_cast<std::uint32_t>(data.size()), 4, false) + name + data + number_bytes(~crc, 4, false);
}

/// A PNG's bytes with an eXIf chunk, before its picture data or behind them.
inline std::string png_with_exif(const std::string& png, int orientation, bool little, bool behind = false) {
  const std::size_t at = png.find(behind ? "IEND" : "IDAT") - 4;
  return png.substr(0, at) + png_chunk("eXIf", exif_data(orientation, little)) + png.substr(at);
}

/// Where EXIF 2.3 puts the pixel (row, column) of a stored picture: "the 0th row is the visual top of the image, the
/// 0th column the visual left-hand side" is orientation 1, and so on. Returns (y, x) of the upright picture.
inline std::pair<int, int> visual_place(int row, int column, int height, int width, int orientation) {
  struct Sides {
    char row, column;  // t(op), b(ottom), l(eft), r(ight)
  };
  constexpr std::array<Sides, 8> kSides{
      {{'t', 'l'}, {'t', 'r'}, {'b', 'r'}, {'b', 'l'}, {'l', 't'}, {'r', 't'}, {'r', 'b'}, {'l', 'b'}}};
  const Sides sides = kSides.at(static_cast<std::size_t>(orientation - 1));
  std::pair<int, int> place;
  const auto put = [&](char side, int index, int count) {
    if (side == 't') place.first = index;
    if (side == 'b') place.first = count - 1 - index;
    if (side == 'l') place.second = index;
    if (side == 'r') place.second = count - 1 - index;
  };
  put(sides.row, row, height);
  put(sides.column, column, width);
  return place;
}

}  // namespace longtail::testing
