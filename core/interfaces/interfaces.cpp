#include <longtail/backbone.h>
#include <longtail/calibration.h>
#include <longtail/paradigm.h>
#include <longtail/sampler.h>

namespace longtail {

// Out of line, so that each interface's type information lives in liblongtail alone.
Backbone::~Backbone() = default;
Sampler::~Sampler() = default;
Paradigm::~Paradigm() = default;
Calibration::~Calibration() = default;

Tensor Backbone::pooled(const Tensor& images) { return forward(images).back().mean({2, 3}); }

}  // namespace longtail
