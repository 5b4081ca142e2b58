// The plugin that nothing is wrong with; the negative ones beside it differ in one point each.

#include <stdexcept>

#include "tests/bad_plugins/test_loss.h"

namespace {

using longtail::ComponentSpec;
using longtail::ParamBinder;
using longtail::test::TestLoss;
using longtail::test::TestLossContext;

class Focal final : public TestLoss {
 public:
  struct Params {
    double gamma = 2.0;
    void bind(ParamBinder& p) { p("gamma", gamma, "Focusing exponent; 0 is cross entropy", longtail::in(0, 10)); }
  };
  Focal(Params params, const TestLossContext& context) : params_(params), scale_(context.scale) {
    if (scale_ < 0) throw std::invalid_argument("scale is negative");
  }
  double value() const override { return params_.gamma * scale_; }

 private:
  Params params_;
  double scale_;
};

/// A loss over a loss, as PCB is.
class Doubled final : public TestLoss {
 public:
  struct Params {
    ComponentSpec base{"focal"};
    void bind(ParamBinder& p) { p("base", base, "The loss to double", longtail::component("loss")); }
  };
  Doubled(const Params& params, const TestLossContext& context)
      : base_(context.catalog->make<TestLoss>(params.base, context)) {}
  double value() const override { return 2 * base_->value(); }

 private:
  std::shared_ptr<TestLoss> base_;
};

}  // namespace

LONGTAIL_PLUGIN(reg) {
  reg.add<TestLoss, Focal>("focal", "Focal loss");
  reg.add<TestLoss, Doubled>("doubled", "Twice another loss");
}
