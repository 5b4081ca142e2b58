// Ends the program: ENDS is the statement, PLACE where: 1 a static initialiser, 2 the entry, 3 the constructor of its
// loss, 4 its validation.
#include <stdlib.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "tests/bad_plugins/test_loss.h"

namespace {

[[maybe_unused]] bool end_it() {
  ENDS;
  return true;
}

#if PLACE == 1
const bool ended = end_it();
#endif

class Ends : public longtail::test::TestLoss {
 public:
  struct Params {
    double x = 1;
    void bind(longtail::ParamBinder& p) {
#if PLACE == 4
      end_it();
#endif
      p("x", x, "A number");
    }
  };
  Ends(const Params&, const longtail::test::TestLossContext&) {
#if PLACE == 3
    end_it();
#endif
  }
  double value() const override { return 0; }
};

}  // namespace

LONGTAIL_PLUGIN(reg) {
#if PLACE == 2
  end_it();
#endif
  reg.add<longtail::test::TestLoss, Ends>("ends", "Ends the program");
}
