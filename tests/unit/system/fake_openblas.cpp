// Preloaded in front of the real BLAS: like OpenBLAS it reads OPENBLAS_CORETYPE once, when it is loaded, and without
// it takes every CPU for a Prescott. Nothing multiplies with it.
#include <cstdlib>
#include <string>

namespace {
std::string core_at_load() {
  const char* chosen = std::getenv("OPENBLAS_CORETYPE");
  return chosen ? chosen : "Prescott";
}
std::string core = core_at_load();
char config[] = "OpenBLAS 9.9.9 NO_LAPACKE DYNAMIC_ARCH fake";
}  // namespace

extern "C" {
void sgemm_() { std::abort(); }
char* openblas_get_config() { return config; }
char* openblas_get_corename() { return core.data(); }
}
