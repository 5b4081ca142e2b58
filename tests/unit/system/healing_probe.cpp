// Heals as longtail's verbs do, then says what it found: the core in use, the notes, and its arguments.
#include <cstdio>
#include <cstdlib>

#include "core/system/blas.h"
#include "core/system/tuning.h"

int main(int argc, char** argv) {
  longtail::prepare_process();
  const longtail::BlasFacts blas = longtail::blas_facts();
  std::printf("openblas=%d core=%s advice=%s\n", blas.kind == longtail::BlasKind::openblas, blas.core.c_str(),
              longtail::blas_advice(blas).c_str());
  const char* spins = std::getenv("GOMP_SPINCOUNT");
  std::printf("spins=%s\n", spins ? spins : "");
  std::printf("note=%s\n", longtail::blas_note().c_str());
  for (int i = 1; i < argc; ++i) std::printf("argument=%s\n", argv[i]);
  return 0;
}
