#include "tests/bad_plugins/test_loss.h"

namespace helpers {
double table(int row);  // defined nowhere
}

namespace {

class Table final : public longtail::test::Constant {
 public:
  using Constant::Constant;
  double value() const override { return helpers::table(3); }
};

}  // namespace

LONGTAIL_PLUGIN(reg) { reg.add<longtail::test::TestLoss, Table>("table", "Needs a function that nobody has"); }
