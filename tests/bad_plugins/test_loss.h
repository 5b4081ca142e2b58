#pragma once

// An interface of its own, so that these plugins build without LibTorch in a moment.

#include <longtail/catalog.h>
#include <longtail/plugin.h>

#include <memory>
#include <string_view>

namespace longtail::test {

struct TestLossContext {
  const Catalog* catalog = nullptr;
  double scale = 1;
};

class TestLoss {
 public:
  using Context = TestLossContext;
  static constexpr std::string_view kind = "loss";
  virtual ~TestLoss() = default;
  virtual double value() const = 0;
};

/// Takes no parameters.
class Constant : public TestLoss {
 public:
  explicit Constant(const TestLossContext& context) : scale_(context.scale) {}
  double value() const override { return scale_; }

 private:
  double scale_;
};

}  // namespace longtail::test
