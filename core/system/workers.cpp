#include "core/system/workers.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "core/system/cpu.h"

namespace longtail {
namespace {

using Call = std::function<void(std::int64_t, int)>;

void run_workers(int workers, const std::function<void(int)>& run) {
  std::vector<std::thread> threads;
  try {
    for (int worker = 1; worker < workers; ++worker) threads.emplace_back(run, worker);
  } catch (const std::system_error&) {
    // The system gives no more threads: those that run do the work.
  }
  run(0);
  for (std::thread& thread : threads) thread.join();
}

/// Lets threads pass one after another, by number; the first error closes the gate.
class Gate {
 public:
  void pass(std::int64_t number, std::exception_ptr error, const std::function<void()>& action) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return turn_ == number || error_; });
    if (error_) return;
    if (!error) {
      try {
        action();
      } catch (...) {
        error = std::current_exception();
      }
    }
    error_ = error;
    ++turn_;
    changed_.notify_all();
  }

  bool closed() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return error_ != nullptr;
  }

  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::int64_t turn_ = 0;
  std::exception_ptr error_;
};

}  // namespace

int workers_for(std::int64_t count, int threads) {
  const std::int64_t wanted = threads > 0 ? threads : available_cores();
  return static_cast<int>(std::max<std::int64_t>(1, std::min(wanted, count)));
}

void for_each_piece(std::int64_t count, int threads, const Call& work) {
  std::atomic<std::int64_t> next{0};
  std::mutex mutex;
  std::exception_ptr error;
  std::int64_t failed = count;
  run_workers(workers_for(count, threads), [&](int worker) {
    for (std::int64_t i = next++; i < count; i = next++) {
      try {
        work(i, worker);
      } catch (...) {
        // What comes before it has begun, and will be heard too.
        next = count;
        const std::lock_guard<std::mutex> lock(mutex);
        if (i < failed) error = std::current_exception();
        failed = std::min(failed, i);
      }
    }
  });
  if (error) std::rethrow_exception(error);
}

void for_each_in_order(std::int64_t count, int threads, const Call& work, const Call& finish) {
  std::atomic<std::int64_t> next{0};
  Gate gate;
  run_workers(workers_for(count, threads), [&](int worker) {
    for (std::int64_t i = next++; i < count && !gate.closed(); i = next++) {
      std::exception_ptr error;
      try {
        work(i, worker);
      } catch (...) {
        error = std::current_exception();
      }
      gate.pass(i, error, [&] { finish(i, worker); });
    }
  });
  gate.rethrow();
}

}  // namespace longtail
