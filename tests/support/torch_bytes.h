#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace longtail::test {

// The bytes of small files of torch.save(), made by hand: pickles of protocol 2 in a zip archive of stored entries.

template <class Number>
std::string little_endian(Number value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

inline std::uint32_t crc_of(const std::string& bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320 : 0);
  }
  return ~crc;
}

using ZipParts = std::vector<std::pair<std::string, std::string>>;  // name, bytes

/// `shared`: that many entries more in the table of contents, all of them the bytes of the last part.
inline std::string zip_bytes(const ZipParts& parts, int shared = 0) {
  std::string archive, table, crc, size;
  std::uint16_t count = 0;
  std::uint32_t place = 0;
  const auto facts = [&](const std::string& name) {
    return std::string(10, '\0') + crc + size + size + little_endian(static_cast<std::uint16_t>(name.size())) +
           std::string(2, '\0');
  };
  const auto list = [&](const std::string& name) {
    table += "PK\x01\x02" + std::string(2, '\0') + facts(name) + std::string(10, '\0') + little_endian(place) + name;
    ++count;
  };
  for (const auto& [name, bytes] : parts) {
    place = static_cast<std::uint32_t>(archive.size());
    crc = little_endian(crc_of(bytes));
    size = little_endian(static_cast<std::uint32_t>(bytes.size()));
    archive += "PK\x03\x04" + facts(name) + name + bytes;
    list(name);
  }
  for (int i = 0; i < shared; ++i) list(parts.back().first + std::to_string(i));
  const auto begin = static_cast<std::uint32_t>(archive.size());
  return archive + table + "PK\x05\x06" + std::string(4, '\0') + little_endian(count) + little_endian(count) +
         little_endian(static_cast<std::uint32_t>(table.size())) + little_endian(begin) + std::string(2, '\0');
}

inline std::string pickled(const std::string& text) {
  return "X" + little_endian(static_cast<std::uint32_t>(text.size())) + text;
}
inline std::string pickled(std::int64_t number) { return "J" + little_endian(static_cast<std::int32_t>(number)); }
inline std::string pickled_class(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}
inline std::string pickled_tuple(const std::vector<std::string>& parts) {
  std::string bytes = "(";
  for (const std::string& part : parts) bytes += part;
  return bytes + "t";
}
inline std::string pickled_dict(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string bytes = "}(";
  for (const auto& [key, value] : entries) bytes += pickled(key) + value;
  return bytes + "u";
}
/// module.name(*arguments)
inline std::string pickled_call(const std::string& module, const std::string& name,
                                const std::vector<std::string>& arguments) {
  return pickled_class(module, name) + pickled_tuple(arguments) + "R";
}

inline std::string pickled_numbers(const std::vector<std::int64_t>& numbers) {
  std::vector<std::string> parts;
  for (const std::int64_t number : numbers) parts.push_back(pickled(number));
  return pickled_tuple(parts);
}
/// The storage `key` of so many floats.
inline std::string pickled_storage(const std::string& key, std::int64_t elements) {
  return pickled_tuple({pickled("storage"), pickled_class("torch", "FloatStorage"), pickled(key), pickled("cpu"),
                        pickled(elements)}) +
         "Q";
}
/// A view of that storage.
inline std::string pickled_tensor(const std::string& key, std::int64_t elements, const std::vector<std::int64_t>& sizes,
                                  const std::vector<std::int64_t>& strides) {
  return pickled_call("torch._utils", "_rebuild_tensor_v2",
                      {pickled_storage(key, elements), pickled(0), pickled_numbers(sizes), pickled_numbers(strides),
                       "\x89", pickled_call("collections", "OrderedDict", {})});
}
/// [count] floats of storage "0".
inline std::string pickled_vector(std::int64_t count) { return pickled_tensor("0", count, {count}, {1}); }

/// A file of torch.save() of `object` with the storage "0" of so many floats 1.
inline std::string torch_bytes(const std::string& object, std::size_t floats = 8, int shared = 0) {
  std::string storage;
  for (std::size_t i = 0; i < floats; ++i) storage += std::string("\x00\x00\x80\x3f", 4);
  return zip_bytes({{"a/data.pkl", "\x80\x02" + object + "."}, {"a/data/0", storage}}, shared);
}

}  // namespace longtail::test
