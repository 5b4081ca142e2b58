#pragma once

#include <filesystem>
#include <string_view>

#include "core/io/atomic_file.h"
#include "core/io/tensor_file.h"

namespace longtail {

/// Reads a safetensors file (https://huggingface.co/docs/safetensors: eight bytes of header length, a JSON header, raw
/// little-endian data). Tensors are CPU tensors that map the file: nothing is copied and pages are read when touched;
/// writing to them does not change the file. Order: that of the header. Every statement of the header is checked;
/// throws DataError with the path, the byte and what to do.
TensorFile read_safetensors(const std::filesystem::path& path);

/// Writes the tensors (of any device, strides and supported dtype) as such a file, atomically. The same input gives the
/// same bytes: the header lists the tensors in the given order; data are laid out by falling element size, so that each
/// tensor is aligned. Only one tensor at a time is copied, and only if it is not contiguous on the CPU.
/// Throws Error if the disk does not take it, or for a tensor that the format cannot hold (sparse, quantized ...).
void write_safetensors(const std::filesystem::path& path, const TensorFile& file,
                       FileSystem& files = FileSystem::system());
void write_safetensors(const std::filesystem::path& path, const TensorFile& file, Links links);

/// True if the bytes can only be the beginning of a safetensors file.
bool looks_like_safetensors(std::string_view bytes);

}  // namespace longtail
