#include "core/system/tuning.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "core/system/blas.h"
#include "core/system/cpu.h"

namespace longtail {
namespace {

class Tuning : public ::testing::Test {
 protected:
  void TearDown() override { unsetenv("OMP_NUM_THREADS"); }
};

TEST_F(Tuning, ArgumentBeatsVariableBeatsCores) {
  unsetenv("OMP_NUM_THREADS");
  EXPECT_EQ(choose_threads(0), available_cores());
  setenv("OMP_NUM_THREADS", "3", 1);
  EXPECT_EQ(choose_threads(0), 3);
  EXPECT_EQ(choose_threads(5), 5);
  setenv("OMP_NUM_THREADS", "4,2", 1);
  EXPECT_EQ(choose_threads(0), 4);
  setenv("OMP_NUM_THREADS", "many", 1);
  EXPECT_EQ(choose_threads(0), available_cores());
}

TEST_F(Tuning, ReachesLibTorchAndBlas) {
  tune_process(1);
  EXPECT_EQ(at::get_num_threads(), 1);
  const BlasFacts blas = blas_facts();
  if (blas.kind == BlasKind::openblas) {
    EXPECT_EQ(blas.threads, 1);
  }
}

}  // namespace
}  // namespace longtail
