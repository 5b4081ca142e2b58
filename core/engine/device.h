#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include <ATen/core/Tensor.h>

namespace longtail {

/// "auto" (the first GPU that LibTorch can use, else the CPU), "cpu", "cuda" (the first) or "cuda:1". What comes back
/// of a GPU has an index. Throws Error where there is no such device.
at::Device parse_device(const std::string& text);

/// Whether an NVIDIA GPU's driver has made its device files, whatever LibTorch can do with it.
bool has_nvidia_files(const std::filesystem::path& devices = "/dev");

/// Says the device and the number of threads, and warns of a GPU that lies idle.
void tell_device(const at::Device& device, const std::function<void(const std::string&)>& say);

}  // namespace longtail
