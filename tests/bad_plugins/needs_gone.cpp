#include "tests/bad_plugins/test_loss.h"

extern "C" int gone();

namespace {

class Lost final : public longtail::test::Constant {
 public:
  using Constant::Constant;
  double value() const override { return gone(); }
};

}  // namespace

LONGTAIL_PLUGIN(reg) { reg.add<longtail::test::TestLoss, Lost>("lost", "Its library was not installed with it"); }
