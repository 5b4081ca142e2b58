#include "core/data/loader.h"

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>

namespace longtail {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;

struct Batch {
  std::vector<std::int64_t> indices;
  std::int64_t first = 0;
};

std::vector<std::int64_t> count_up(std::int64_t n) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 100);
  return order;
}

LoaderOptions options(std::int64_t batch_size, int threads, int prefetch = 4) {
  LoaderOptions options;
  options.batch_size = batch_size;
  options.threads = threads;
  options.prefetch = prefetch;
  return options;
}

Batch keep(const std::vector<std::int64_t>& indices, std::int64_t first) { return {indices, first}; }

// Workers that take different times finish out of order.
Batch keep_slowly(const std::vector<std::int64_t>& indices, std::int64_t first) {
  std::this_thread::sleep_for(milliseconds((first * 7) % 5));
  return {indices, first};
}

TEST(Loader, BatchesComeInOrderWhateverTheNumberOfThreads) {
  for (const int threads : {0, 1, 2, 4, 9}) {
    for (const int prefetch : {1, 3, 50}) {
      Loader<Batch> loader(count_up(25), options(2, threads, prefetch), keep_slowly);
      EXPECT_EQ(loader.num_batches(), 13);
      std::int64_t position = 0;
      while (auto batch = loader.next()) {
        EXPECT_EQ(batch->first, position);
        for (const std::int64_t index : batch->indices) EXPECT_EQ(index, 100 + position++);
      }
      EXPECT_EQ(position, 25);
      EXPECT_FALSE(loader.next().has_value());
    }
  }
}

TEST(Loader, DropsTheLastBatchOnRequest) {
  auto with = options(2, 1);
  with.drop_last = true;
  Loader<Batch> loader({1, 2, 3}, with, keep);
  EXPECT_EQ(loader.num_batches(), 1);
  EXPECT_THAT(loader.next()->indices, ElementsAre(1, 2));
  EXPECT_FALSE(loader.next().has_value());
}

TEST(Loader, GoesOnWhereAResumedEpochStopped) {
  for (const int threads : {0, 3}) {
    auto resumed = options(4, threads);
    resumed.first_batch = 2;
    Loader<Batch> loader(count_up(10), resumed, keep);
    EXPECT_EQ(loader.num_batches(), 3);
    const auto batch = loader.next();
    EXPECT_EQ(batch->first, 8);
    EXPECT_THAT(batch->indices, ElementsAre(108, 109));
    EXPECT_FALSE(loader.next().has_value());
    resumed.first_batch = 3;
    EXPECT_FALSE(Loader<Batch>(count_up(10), resumed, keep).next().has_value());
    resumed.first_batch = 99;
    EXPECT_FALSE(Loader<Batch>(count_up(10), resumed, keep).next().has_value());
  }
}

TEST(Loader, AnEmptyOrderHasNoBatches) {
  Loader<Batch> loader({}, options(4, 2), keep);
  EXPECT_EQ(loader.num_batches(), 0);
  EXPECT_FALSE(loader.next().has_value());
}

TEST(Loader, ExceptionsComeInOrder) {
  const auto load = [](const std::vector<std::int64_t>& indices, std::int64_t first) {
    if (first == 4 || first == 6) throw std::runtime_error("at " + std::to_string(first));
    std::this_thread::sleep_for(milliseconds(first == 0 ? 20 : 0));  // the failure is ready before the first batch
    return Batch{indices, first};
  };
  for (const int threads : {0, 1, 4}) {
    Loader<Batch> loader(count_up(10), options(2, threads), load);
    EXPECT_EQ(loader.next()->first, 0);
    EXPECT_EQ(loader.next()->first, 2);
    for (const std::string expected : {"at 4", "at 6"}) {
      try {
        loader.next();
        ADD_FAILURE() << "no exception";
      } catch (const std::runtime_error& error) {
        EXPECT_EQ(error.what(), expected);
      }
    }
    EXPECT_EQ(loader.next()->first, 8);
    EXPECT_FALSE(loader.next().has_value());
  }
}

TEST(Loader, LoadsNoFurtherAheadThanPrefetch) {
  std::atomic<std::int64_t> started{0};
  const auto load = [&](const std::vector<std::int64_t>& indices, std::int64_t first) {
    ++started;
    return Batch{indices, first};
  };
  Loader<Batch> loader(count_up(100), options(1, 4, 3), load);
  for (int taken = 0; taken < 20; ++taken) {
    std::this_thread::sleep_for(milliseconds(2));
    EXPECT_LE(started, taken + 3);
    loader.next();
  }
}

TEST(Loader, IsDestroyedInTheMiddleOfAnEpoch) {
  for (int taken = 0; taken < 12; ++taken) {
    for (const int threads : {0, 1, 4}) {
      Loader<Batch> loader(count_up(100), options(1, threads, 8), keep_slowly);
      for (int i = 0; i < taken; ++i) loader.next();
    }
  }
}

TEST(Loader, WorkersNoticeThatTheyAreNotNeeded) {
  std::atomic<int> waiting{0};
  const auto endless = [&](const std::vector<std::int64_t>& indices, std::int64_t first) {
    ++waiting;
    while (!OrderedWorkers::stopping()) std::this_thread::sleep_for(milliseconds(1));
    return Batch{indices, first};
  };
  Loader<Batch> loader(count_up(8), options(1, 2), endless);
  while (waiting < 2) std::this_thread::sleep_for(milliseconds(1));
  EXPECT_FALSE(OrderedWorkers::stopping());  // in this thread
}

}  // namespace
}  // namespace longtail
