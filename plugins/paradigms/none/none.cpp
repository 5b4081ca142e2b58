#include <longtail/paradigm.h>
#include <longtail/plugin.h>

namespace longtail {
namespace {

/// The head, once.
class None final : public Paradigm {
 public:
  explicit None(const ParadigmContext&) {}

  std::vector<ParadigmStep> forward(const Tensor& features, const Head& head) override { return {{head(features)}}; }
};

}  // namespace
}  // namespace longtail

LONGTAIL_PLUGIN(reg) { reg.add<longtail::Paradigm, longtail::None>("none", "The head is applied once"); }
