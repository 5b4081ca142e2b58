#include "tests/bad_plugins/test_loss.h"

LONGTAIL_PLUGIN(reg) {
  static_cast<void>(reg);
  throw 7;
}
