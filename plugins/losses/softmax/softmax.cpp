#include <longtail/loss.h>
#include <longtail/plugin.h>

namespace longtail {
namespace {

/// Cross entropy of the softmax over all logits: C of them, or C + 1 with a background.
class Softmax final : public Loss {
 public:
  explicit Softmax(const LossContext& context) : Loss(context) {}

  LossTerms forward(const LossInput& input) override {
    check_input(input);
    return {{"loss_cls", cross_entropy(input.logits, input)}};
  }
};

}  // namespace
}  // namespace longtail

LONGTAIL_PLUGIN(reg) {
  reg.add<longtail::Loss, longtail::Softmax>("softmax",
                                             "Cross entropy of the softmax over all classes\nBuffers: none.");
}
