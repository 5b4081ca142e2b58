#include "tests/bad_plugins/test_loss.h"

namespace {

__attribute__((noinline)) int reads_from_nowhere() {
  const volatile int* nowhere = nullptr;
  return *nowhere;
}

}  // namespace

LONGTAIL_PLUGIN(reg) {
  if (reads_from_nowhere() == 0) reg.add<longtail::test::TestLoss, longtail::test::Constant>("never", "Never there");
}
