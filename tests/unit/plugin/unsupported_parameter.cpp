// Must not compile; the first thing the compiler says has to be readable.
#include <longtail/params.h>

struct Params {
  std::vector<long double> gamma;
  void bind(longtail::ParamBinder& p) { p("gamma", gamma, "A type that no parameter has"); }
};

longtail::Node dumped() { return longtail::dump_params(Params()); }
