#include <longtail/loss.h>
#include <longtail/plugin.h>

namespace {

using longtail::Tensor;

/// Cross entropy in which samples that are recognised already count less. Replace it with a loss of your own.
class @Name@ final : public longtail::Loss {
 public:
  struct Params {
    double gamma = 2.0;  // the default stands here and nowhere else

    void bind(longtail::ParamBinder& p) {
      p("gamma", gamma, "Focusing exponent; 0 is cross entropy", longtail::in(0, 10));
    }
  };

  // The context knows the data: num_classes, instance_counts, whether there is a background, the device.
  @Name@(const Params& params, const longtail::LossContext& context) : Loss(context), gamma_(params.gamma) {}

  longtail::LossTerms forward(const longtail::LossInput& input) override {
    check_input(input);  // says who expects what where something does not fit
    const Tensor log_p = at::log_softmax(input.logits, 1);
    const Tensor focus = (1 - log_p.exp()).clamp_min(1e-6).pow(gamma_);
    // One value for each sample, not reduced. targets() may be soft, so that the loss can be the base of `pcb`.
    return {{"loss_cls", -(input.targets() * focus * log_p).sum(1)}};
  }

 private:
  double gamma_;
};

}  // namespace

LONGTAIL_PLUGIN(reg) { reg.add<longtail::Loss, @Name@>("@name@", "Cross entropy with focus on what is hard"); }
