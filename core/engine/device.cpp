#include "core/engine/device.h"

#include <system_error>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include <longtail/error.h>

#include "core/system/cpu.h"
#include "registry/text/counted.h"

namespace longtail {

at::Device parse_device(const std::string& text) {
  const int count = static_cast<int>(torch::cuda::device_count());
  if (text == "auto") return count > 0 ? at::Device(at::kCUDA, 0) : at::Device(at::kCPU);
  try {
    const at::Device device(text);
    if (device.is_cpu()) return at::kCPU;
    const int index = device.has_index() ? device.index() : 0;
    if (device.is_cuda() && index < count) return {at::kCUDA, static_cast<at::DeviceIndex>(index)};
    if (device.is_cuda() && count > 0) {
      throw Error(ExitCode::other,
                  fmt::format("--device {}: this machine has {}, counted from 0", text, counted(count, "GPU")));
    }
  } catch (const c10::Error&) {
    throw Error(ExitCode::config, fmt::format("--device {}: not a device; use auto, cpu, cuda or cuda:0", text));
  }
  throw Error(ExitCode::other,
              fmt::format("--device {}: this LibTorch finds no such device; `longtail doctor` tells more", text));
}

bool has_nvidia_files(const std::filesystem::path& devices) {
  std::error_code unseen;
  std::filesystem::directory_iterator entry(devices, unseen);
  for (const std::filesystem::directory_iterator end; !unseen && entry != end; entry.increment(unseen)) {
    const std::string name = entry->path().filename().string();
    if (name.rfind("nvidia", 0) == 0 && name.find_first_not_of("0123456789", 6) == std::string::npos &&
        name.size() > 6) {
      return true;  // /dev/nvidia0, not nvidiactl, which is there without a GPU too
    }
  }
  return false;
}

void tell_device(const at::Device& device, const std::function<void(const std::string&)>& say) {
  const auto count = torch::cuda::device_count();
  if (!device.is_cpu()) return say(fmt::format("device: {} of {}", device.str(), counted(count, "GPU")));
  const int threads = at::get_num_threads(), cores = available_cores();
  say(fmt::format("device: cpu, {}", counted(threads, "thread")));
  if (threads > cores) {
    say(fmt::format("note: {} on {}: the numbers are those of {}, but slower than need be", counted(threads, "thread"),
                    counted(cores, "core"), counted(threads, "thread")));
  }
  if (count > 0) return say("note: this machine has a GPU that is not used; --device cuda uses it");
  if (!has_nvidia_files()) return;
  say(
      fmt::format("warning: this machine has an NVIDIA GPU, but this LibTorch ({}) cannot use it: all is done on the "
                  "CPU; `longtail doctor` says what to do",
                  TORCH_VERSION));
}

}  // namespace longtail
