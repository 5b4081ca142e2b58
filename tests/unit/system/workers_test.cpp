#include "core/system/workers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

namespace longtail {
namespace {

TEST(Workers, WorkersAreNoMoreThanTheWork) {
  EXPECT_EQ(workers_for(3, 8), 3);
  EXPECT_EQ(workers_for(8, 3), 3);
  EXPECT_EQ(workers_for(0, 8), 1);
  EXPECT_GE(workers_for(1000, 0), 1);
}

TEST(Workers, EachPieceIsDoneOnce) {
  std::vector<std::atomic<int>> times(500);
  for_each_piece(500, 4, [&](std::int64_t i, int worker) {
    EXPECT_LT(worker, 4);
    ++times[static_cast<std::size_t>(i)];
  });
  for (const std::atomic<int>& count : times) EXPECT_EQ(count, 1);
}

TEST(Workers, PiecesAreFinishedInOrder) {
  std::vector<std::int64_t> slots(4), finished;
  for_each_in_order(
      500, 4, [&](std::int64_t i, int worker) { slots[static_cast<std::size_t>(worker)] = i; },
      [&](std::int64_t i, int worker) {
        EXPECT_EQ(slots[static_cast<std::size_t>(worker)], i);
        finished.push_back(i);
      });
  std::vector<std::int64_t> expected(500);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(finished, expected);
}

TEST(Workers, TheFirstErrorIsThrown) {
  for (int round = 0; round < 50; ++round) {
    try {
      for_each_piece(100, 4, [](std::int64_t i, int) {
        if (i % 10 == 7) throw std::runtime_error(std::to_string(i));
      });
      ADD_FAILURE();
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "7");
    }
  }
}

TEST(Workers, TheFirstErrorInOrderIsThrownAndNothingAfterItFinished) {
  for (int round = 0; round < 50; ++round) {
    std::int64_t last = -1;
    try {
      for_each_in_order(
          100, 4,
          [](std::int64_t i, int) {
            if (i % 10 == 9) throw std::runtime_error(std::to_string(i));
          },
          [&](std::int64_t i, int) { last = i; });
      ADD_FAILURE();
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "9");
    }
    EXPECT_EQ(last, 8);
  }
}

}  // namespace
}  // namespace longtail
