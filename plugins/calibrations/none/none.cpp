#include <longtail/calibration.h>
#include <longtail/plugin.h>

namespace longtail {
namespace {

/// Scores as the loss gives them.
class None final : public Calibration {
 public:
  explicit None(const CalibrationContext&) {}

  Tensor apply(const Tensor& scores) const override { return scores; }
};

}  // namespace
}  // namespace longtail

LONGTAIL_PLUGIN(reg) { reg.add<longtail::Calibration, longtail::None>("none", "Scores are left as they are"); }
