#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/io/mapped_file.h"
#include "core/io/pickle.h"

namespace longtail {

/// A file of torch.save(): the zip format (since 1.6) or the legacy one. Nothing in it is executed; see Pickle.
/// All tensors are CPU tensors, wherever they were saved; they map the file where its alignment allows, and those that
/// shared memory in Python share it here.
class TorchFile {
 public:
  /// Throws DataError with the path, the byte and what to do for a file that is damaged, foreign or not allowed.
  explicit TorchFile(const std::filesystem::path& path);

  const PickleValue& root() const { return pickle_->root(); }

  /// The tensor or parameter that the value stands for; undefined for every other value.
  /// Throws DataError if it is one that the file's storages cannot hold, or if all tensors together claim many times
  /// the file's bytes.
  at::Tensor tensor(const PickleValue& value);

  /// Its sizes, without a look at its storage; nothing for what is no tensor.
  static std::optional<std::vector<std::int64_t>> sizes(const PickleValue& value);

  /// What all that is read from this file may take, bytes: tensors may share memory and repeat it (expand()), so a file
  /// of a few kB can claim any number.
  std::uint64_t most_claimed() const;
  [[noreturn]] void refuse_claims() const;
  /// For an object that is no plain tensor and that would have to be made: names its class.
  [[noreturn]] void refuse_object(const PickleValue& object, const std::string& place = "") const;

  const std::filesystem::path& path() const { return file_->path(); }

 private:
  void read_zip_format();
  void read_legacy_format();
  [[noreturn]] void fail(const std::string& what, std::string_view advice = {}) const;

  at::Tensor make(const PickleValue& value);
  at::Tensor rebuild(const PickleValue& arguments);
  at::Tensor storage(const PickleValue& value);
  at::Tensor load(std::string_view bytes, at::ScalarType type) const;

  std::shared_ptr<const MappedFile> file_;
  std::unique_ptr<Pickle> pickle_;
  std::unordered_map<std::string, std::string_view> storages_;  // bytes by key
  std::unordered_map<std::string, at::Tensor> loaded_;          // one-dimensional, by key
  std::unordered_map<const PickleValue*, at::Tensor> built_;
  std::uint64_t claimed_ = 0;  // bytes of the tensors in it
};

/// True if the bytes begin like a file of torch.save() (or another pickle or zip).
bool looks_like_torch_file(std::string_view bytes);

}  // namespace longtail
