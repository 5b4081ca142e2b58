#include <stdexcept>

#include "tests/bad_plugins/test_loss.h"

LONGTAIL_PLUGIN(reg) {
  reg.add<longtail::test::TestLoss, longtail::test::Constant>("half", "Registered before the throw");
  throw std::runtime_error("the table of weights is missing");
}
