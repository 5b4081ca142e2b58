#include "core/io/fingerprint.h"

#include <fmt/format.h>

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid.hpp>

#include "core/io/mapped_file.h"

namespace longtail {
namespace {

std::string digest(std::string_view bytes) {
  const boost::uuids::name_generator_sha1 generate(boost::uuids::uuid{});
  const auto id = generate(bytes.data(), bytes.size());
  std::string text;
  for (const auto byte : id) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace

Fingerprint& Fingerprint::add(std::string_view fact) {
  facts_ += fmt::format("{}:", fact.size());
  facts_ += fact;
  return *this;
}

Fingerprint& Fingerprint::add(std::int64_t fact) { return add(fmt::format("{}", fact)); }

Fingerprint& Fingerprint::add_file(const std::filesystem::path& path) { return add(fingerprint_file(path)); }

std::string Fingerprint::text() const { return digest(facts_); }

std::string fingerprint(std::string_view text) { return digest(text); }

std::string fingerprint_file(const std::filesystem::path& path) { return digest(MappedFile::open(path)->bytes()); }

}  // namespace longtail
