#include "core/io/fingerprint.h"

#include <fmt/format.h>

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid.hpp>

#include "core/io/mapped_file.h"

namespace longtail {

std::string fingerprint(std::string_view text) {
  const boost::uuids::name_generator_sha1 generate(boost::uuids::uuid{});
  const auto id = generate(text.data(), text.size());
  std::string digits;
  for (const auto byte : id) digits += fmt::format("{:02x}", byte);
  return digits;
}

std::string fingerprint_file(const std::filesystem::path& path) { return fingerprint(MappedFile::open(path)->bytes()); }

}  // namespace longtail
