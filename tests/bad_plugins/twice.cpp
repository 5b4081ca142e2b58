#include "tests/bad_plugins/test_loss.h"

LONGTAIL_PLUGIN(reg) {
  reg.add<longtail::test::TestLoss, longtail::test::Constant>("again", "Once");
  reg.add<longtail::test::TestLoss, longtail::test::Constant>("again", "Twice");
}
