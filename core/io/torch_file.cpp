#include "core/io/torch_file.h"

#include <c10/core/ScalarType.h>
#include <fmt/format.h>
#include <longtail/error.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "core/io/torch_names.h"
#include "core/io/torch_storage_name.h"
#include "core/io/zip_file.h"
#include "registry/text/affixes.h"

namespace longtail {
namespace {

constexpr std::string_view zip_magic = "PK\x03\x04";
constexpr std::string_view legacy_magic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";  // as the first pickle's integer
constexpr std::int64_t legacy_protocol = 1001;

}  // namespace

bool looks_like_torch_file(std::string_view bytes) {
  return starts_with(bytes, zip_magic) || (bytes.size() > 1 && bytes[0] == '\x80' && bytes[1] >= 2 && bytes[1] <= 5);
}

TorchFile::TorchFile(const std::filesystem::path& path) : file_(MappedFile::open(path)) {
  const auto bytes = file_->bytes();
  if (starts_with(bytes, zip_magic)) {
    read_zip_format();
  } else if (looks_like_torch_file(bytes)) {
    read_legacy_format();
  } else {
    fail("this is not a file of torch.save()", "give a .pth or .pt file");
  }
  if (root().is(PickleValue::Kind::call) && !is_known_in_torch_files(root().called())) refuse_object(root());
}

void TorchFile::fail(const std::string& what, std::string_view advice) const {
  throw DataError(fmt::format("{}: {}; {}", file_->path().string(), what,
                              advice.empty() ? "the file is damaged; get it again" : advice));
}

void TorchFile::read_zip_format() {
  constexpr std::string_view pickle_name = "/data.pkl";
  const auto entries = read_zip(*file_);
  std::string folder;
  for (const auto& [name, entry] : entries) {
    const bool ends = name.size() >= pickle_name.size() &&
                      name.compare(name.size() - pickle_name.size(), pickle_name.size(), pickle_name) == 0;
    if (ends && name.find('/') == name.size() - pickle_name.size()) {
      folder = name.substr(0, name.size() - pickle_name.size());
    }
  }
  if (folder.empty()) fail("the archive holds no data.pkl", "give a file of torch.save(), not another zip archive");
  if (entries.count(folder + "/constants.pkl") > 0) {
    fail("this is a TorchScript program, not weights", "in Python: torch.save(torch.jit.load(file).state_dict(), ...)");
  }
  const auto order = entries.find(folder + "/byteorder");
  if (order != entries.end() && order->second.bytes != "little")
    fail("the numbers are big-endian", "save on a usual PC");
  for (const auto& [name, entry] : entries) {
    if (!entry.stored) {
      fail("the archive is compressed or encrypted, which torch.save() never does", "unpack it if it holds the file");
    }
    if (!is_intact(entry)) fail(fmt::format("checksum of '{}' does not match", printable(name)));
    const auto data = folder + "/data/";
    if (starts_with(name, data)) storages_.emplace(name.substr(data.size()), entry.bytes);
  }
  const auto& entry = entries.at(folder + "/data.pkl");
  pickle_ = std::make_unique<Pickle>(file_->path().string() + ":data.pkl", entry.bytes, is_allowed_in_torch_files);
}

/// Five pickles one after the other (magic number, protocol, facts of the system, the object, the storages' keys), then
/// for each key the number of elements and the elements.
void TorchFile::read_legacy_format() {
  const auto bytes = file_->bytes();
  const auto path = file_->path().string();
  constexpr std::size_t few = 1000;  // steps
  const Pickle magic(path, bytes, is_allowed_in_torch_files, 0, few);
  if (magic.root().text != legacy_magic) {
    fail("this is a Python pickle, but not one of torch.save()", "in Python: torch.save(dict of tensors, ...)");
  }
  const Pickle protocol(path, bytes, is_allowed_in_torch_files, magic.end(), few);
  if (protocol.root().integer != legacy_protocol)
    fail("the format's version is unknown", "save it with a current PyTorch");
  const Pickle system(path, bytes, is_allowed_in_torch_files, protocol.end(), few);
  const auto* little = system.root().find("little_endian");
  if (little == nullptr || little->integer == 0) fail("the numbers are big-endian", "save on a usual PC");
  pickle_ = std::make_unique<Pickle>(path, bytes, is_allowed_in_torch_files, system.end());
  const Pickle keys(path, bytes, is_allowed_in_torch_files, pickle_->end());

  std::unordered_map<std::string_view, std::size_t> element_sizes;
  for (const auto& value : pickle_->values()) {
    if (!value.is(PickleValue::Kind::persistent)) continue;
    if (const auto name = torch_storage_name(value)) element_sizes[name->key] = c10::elementSize(name->type);
  }
  std::size_t place = keys.end();
  for (const auto* key : keys.root().items) {
    const auto size = element_sizes.find(key->text);
    if (size == element_sizes.end()) fail(fmt::format("storage '{}' belongs to no tensor", printable(key->text)));
    std::uint64_t count = 0;
    std::uint64_t length = 0;
    if (bytes.size() - place < sizeof count) fail(fmt::format("the file ends at byte {}, inside its tensors", place));
    std::memcpy(&count, bytes.data() + place, sizeof count);
    place += sizeof count;
    if (__builtin_mul_overflow(count, size->second, &length) || length > bytes.size() - place) {
      fail(fmt::format("the file ends at byte {}, inside storage '{}'", bytes.size(), printable(key->text)));
    }
    storages_.emplace(key->text, bytes.substr(place, length));
    place += length;
  }
  if (place != bytes.size()) fail(fmt::format("{} bytes follow the last tensor", bytes.size() - place));
}

}  // namespace longtail
