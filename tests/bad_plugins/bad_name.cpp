#include "tests/bad_plugins/test_loss.h"

LONGTAIL_PLUGIN(reg) {
  reg.add<longtail::test::TestLoss, longtail::test::Constant>("Focal Loss", "A name with a space");
}
