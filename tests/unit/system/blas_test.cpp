#include "core/system/blas.h"

#include <gtest/gtest.h>

namespace longtail {
namespace {

bool any(std::string_view) { return true; }
bool only_haswell(std::string_view core) { return core == "Haswell"; }

TEST(BetterCore, RaisesOldKernelsToWhatTheCpuHas) {
  EXPECT_EQ(better_core("Prescott", VectorLevel::avx512, any), "SkylakeX");
  EXPECT_EQ(better_core("Haswell", VectorLevel::avx512, any), "SkylakeX");
  EXPECT_EQ(better_core("Zen", VectorLevel::avx512, any), "SkylakeX");
  EXPECT_EQ(better_core("prescott", VectorLevel::avx2, any), "Haswell");
  EXPECT_EQ(better_core("Sandybridge", VectorLevel::avx2, any), "Haswell");
}

TEST(BetterCore, LeavesGoodAndUnknownCoresAlone) {
  for (const char* core : {"SkylakeX", "Cooperlake", "SapphireRapids", "Zen9", ""}) {
    EXPECT_EQ(better_core(core, VectorLevel::avx512, any), std::nullopt) << core;
  }
  EXPECT_EQ(better_core("Haswell", VectorLevel::avx2, any), std::nullopt);
  EXPECT_EQ(better_core("Nehalem", VectorLevel::baseline, any), std::nullopt);
}

TEST(BetterCore, ChoosesOnlyWhatTheLibraryContains) {
  EXPECT_EQ(better_core("Prescott", VectorLevel::avx512, only_haswell), "Haswell");
  EXPECT_EQ(better_core("Haswell", VectorLevel::avx512, only_haswell), std::nullopt);
}

TEST(BlasFacts, NamesTheLibraryInUse) {
  const BlasFacts blas = blas_facts();
  EXPECT_FALSE(blas.text().empty());
  if (blas.kind == BlasKind::openblas) {
    EXPECT_FALSE(blas.core.empty());
    EXPECT_NE(blas.text().find(blas.core), std::string::npos) << blas.text();
    EXPECT_NE(blas.file.find("/"), std::string::npos);
  }
}

TEST(BlasFacts, TextIsVersionAndCore) {
  BlasFacts blas;
  blas.kind = BlasKind::openblas;
  blas.config = "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY Haswell MAX_THREADS=64";
  blas.core = "Haswell";
  EXPECT_EQ(blas.text(), "OpenBLAS 0.3.21, Haswell kernels");
}

TEST(BlasAdvice, NamesThePackageThatHelps) {
  BlasFacts blas;
  blas.kind = BlasKind::reference;
  EXPECT_NE(blas_advice(blas).find("libopenblas0-pthread"), std::string::npos);
}

TEST(MeasureGemm, IsPositiveAndShort) { EXPECT_GT(measure_gemm(64, 0.01), 0); }

}  // namespace
}  // namespace longtail
