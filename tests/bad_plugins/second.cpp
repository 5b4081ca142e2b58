#include "tests/bad_plugins/test_loss.h"

namespace {

// The same class name as in good.cpp: plugins do not see each other's symbols.
class Focal final : public longtail::test::Constant {
 public:
  using Constant::Constant;
  double value() const override { return -1; }
};

}  // namespace

LONGTAIL_PLUGIN(reg) { reg.add<longtail::test::TestLoss, Focal>("second", "Another plugin"); }
