#include "core/data/loader.h"

#include <atomic>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <thread>

namespace longtail {
namespace {

thread_local const std::atomic<bool>* stop_of_this_worker = nullptr;

}  // namespace

struct OrderedWorkers::State {
  struct Result {
    std::shared_ptr<void> value;
    std::exception_ptr error;
  };

  Work work;
  std::int64_t end = 0;
  std::int64_t wanted = 0;   // the ticket that next() hands out
  std::int64_t started = 0;  // the first ticket nobody works on yet
  std::int64_t window = 1;
  std::map<std::int64_t, Result> done;
  std::atomic<bool> stop{false};
  std::mutex mutex;
  std::condition_variable room;   // for workers: a ticket came into the window
  std::condition_variable ready;  // for next(): a result was put into `done`
  std::vector<std::thread> threads;

  Result run(std::int64_t ticket) const {
    try {
      return {work(ticket), nullptr};
    } catch (...) {
      return {nullptr, std::current_exception()};
    }
  }

  void worker() {
    stop_of_this_worker = &stop;
    std::unique_lock<std::mutex> lock(mutex);
    for (;;) {
      room.wait(lock, [&] { return stop || started >= end || started < wanted + window; });
      if (stop || started >= end) return;
      const std::int64_t ticket = started++;
      lock.unlock();
      Result result = run(ticket);
      lock.lock();
      done.emplace(ticket, std::move(result));
      if (ticket == wanted) ready.notify_one();
    }
  }

  void shut_down() {
    {
      std::lock_guard<std::mutex> lock(mutex);
      stop = true;
    }
    room.notify_all();
    for (std::thread& thread : threads) thread.join();
  }
};

OrderedWorkers::OrderedWorkers(std::int64_t first, std::int64_t end, int threads, int prefetch, Work work)
    : state_(std::make_unique<State>()) {
  state_->work = std::move(work);
  state_->end = end;
  state_->wanted = state_->started = first;
  state_->window = std::max(1, prefetch);
  const std::int64_t useful = std::min({static_cast<std::int64_t>(threads), end - first, state_->window});
  try {
    for (std::int64_t i = 0; i < useful; ++i) state_->threads.emplace_back([state = state_.get()] { state->worker(); });
  } catch (...) {  // no more threads: those that run must not outlive the state
    state_->shut_down();
    throw;
  }
}

OrderedWorkers::~OrderedWorkers() { state_->shut_down(); }

bool OrderedWorkers::stopping() { return stop_of_this_worker != nullptr && *stop_of_this_worker; }

std::shared_ptr<void> OrderedWorkers::next() {
  State& state = *state_;
  if (state.wanted >= state.end) return nullptr;
  State::Result result;
  if (state.threads.empty()) {
    result = state.run(state.wanted++);
  } else {
    std::unique_lock<std::mutex> lock(state.mutex);
    state.ready.wait(lock, [&] { return state.done.count(state.wanted) != 0; });
    auto node = state.done.extract(state.wanted++);
    result = std::move(node.mapped());
    lock.unlock();
    state.room.notify_one();
  }
  if (result.error) std::rethrow_exception(result.error);
  return result.value;
}

}  // namespace longtail
