#include <longtail/parallel.h>

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <mutex>
#include <numeric>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace longtail {
namespace {

class ParallelFor : public ::testing::Test {
 protected:
  ParallelFor() { at::set_num_threads(3); }
  ~ParallelFor() override { at::set_num_threads(before_); }

 private:
  int before_ = at::get_num_threads();
};

TEST_F(ParallelFor, RunsEachPartOnceInThreadsOfItsOwn) {
  std::mutex mutex;
  std::set<std::thread::id> threads;
  std::vector<int> visits(300);
  parallel_for(0, 300, 1, [&](std::int64_t begin, std::int64_t end) {
    const std::lock_guard<std::mutex> lock(mutex);
    threads.insert(std::this_thread::get_id());
    for (std::int64_t i = begin; i < end; ++i) ++visits[static_cast<std::size_t>(i)];
  });
  EXPECT_EQ(visits, std::vector<int>(300, 1));
  EXPECT_EQ(threads.size(), 3U);
}

TEST_F(ParallelFor, SmallWorkStaysWhole) {
  int parts = 0;
  parallel_for(0, 100, 100, [&](std::int64_t, std::int64_t) { ++parts; });
  parallel_for(5, 5, 1, [&](std::int64_t, std::int64_t) { ++parts; });
  EXPECT_EQ(parts, 1);
}

TEST_F(ParallelFor, ExceptionsArrive) {
  EXPECT_THROW(parallel_for(0, 9, 1, [](std::int64_t, std::int64_t) { throw std::runtime_error("no"); }),
               std::runtime_error);
}

}  // namespace
}  // namespace longtail
