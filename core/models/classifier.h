#pragma once

#include <memory>
#include <string>
#include <vector>

#include <longtail/backbone.h>
#include <longtail/loss.h>
#include <longtail/module.h>
#include <longtail/paradigm.h>

namespace longtail {

/// Image classification: backbone -> pooled feature -> classifier, applied as the paradigm says. The loss is a
/// submodule so that its buffers travel and are saved with the weights.
class Classifier final : public Module {
 public:
  struct Parts {
    std::shared_ptr<Backbone> backbone;
    std::shared_ptr<Paradigm> paradigm;
    std::shared_ptr<Loss> loss;
    std::string classifier = "linear";  // linear | cosine
  };
  explicit Classifier(Parts parts);

  /// images [B, 3, H, W] -> the paradigm's steps, the prediction last.
  std::vector<ParadigmStep> forward(const Tensor& images);
  Loss& loss() { return *parts_.loss; }

  /// Features that the backbone's last stage gives to the classifier.
  static std::int64_t feature_channels(const Backbone& backbone) { return backbone.stages().back().channels; }

 private:
  Parts parts_;
  Head head_;
};

}  // namespace longtail
