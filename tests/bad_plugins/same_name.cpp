#include "tests/bad_plugins/test_loss.h"

LONGTAIL_PLUGIN(reg) {
  reg.add<longtail::test::TestLoss, longtail::test::Constant>("fresh", "Must not stay behind");
  reg.add<longtail::test::TestLoss, longtail::test::Constant>("focal", "A name that good.cpp offers too");
}
