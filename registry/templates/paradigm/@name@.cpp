#include <vector>

#include <longtail/paradigm.h>
#include <longtail/plugin.h>

namespace {

using longtail::Tensor;

/// The head is trained on features of which some units are dropped. Replace it with a paradigm of your own.
class @Name@ final : public longtail::Paradigm {
 public:
  struct Params {
    double dropout = 0.1;  // the default stands here and nowhere else

    void bind(longtail::ParamBinder& p) {
      p("dropout", dropout, "Share of the units that are dropped in training", longtail::in_half_open(0, 1));
    }
  };

  // The context knows the model: the features' shape and how many logits and box deltas the head has.
  @Name@(const Params& params, const longtail::ParadigmContext&) : dropout_(params.dropout) {}

  // One step for each time the head is applied; the last one is the prediction.
  std::vector<longtail::ParadigmStep> forward(const Tensor& features, const longtail::Head& head) override {
    return {{head(at::dropout(features, dropout_, is_training()))}};
  }

 private:
  double dropout_;
};

}  // namespace

LONGTAIL_PLUGIN(reg) { reg.add<longtail::Paradigm, @Name@>("@name@", "The head on features with dropout"); }
