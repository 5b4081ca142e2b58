#include "core/data/make_folder.h"

#include <fmt/format.h>
#include <longtail/error.h>
#include <unistd.h>

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace longtail {

namespace fs = std::filesystem;

void require_new_folder(const std::string& out) {
  std::error_code ignored;
  if (fs::exists(out, ignored)) {
    throw DataError(fmt::format("{}: exists already; remove it, or choose another folder with --out", out));
  }
}

void make_folder(const std::string& out, const std::function<void(const fs::path&)>& make) {
  require_new_folder(out);
  const std::string partial = fmt::format("{}.partial-{}", out, ::getpid());
  try {
    fs::create_directories(partial);
    make(partial);
    fs::rename(partial, out);
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(partial, ignored);
    try {
      throw;
    } catch (const fs::filesystem_error& error) {
      throw Error(ExitCode::other, fmt::format("{}: cannot be written: {}; choose another folder with --out", out,
                                               error.code().message()));
    }
  }
}

void run_parallel(std::size_t count, int threads, const std::function<void(std::size_t)>& work) {
  const int wanted = threads > 0 ? threads : static_cast<int>(std::thread::hardware_concurrency());
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::exception_ptr error;
  const auto loop = [&] {
    try {
      for (std::size_t i = next++; i < count; i = next++) work(i);
    } catch (...) {
      const std::lock_guard<std::mutex> lock(mutex);
      error = std::current_exception();
      next = count;
    }
  };
  std::vector<std::thread> others;
  for (int i = 1; i < wanted; ++i) others.emplace_back(loop);
  loop();
  for (std::thread& thread : others) thread.join();
  if (error) std::rethrow_exception(error);
}

}  // namespace longtail
