#include <longtail/collective.h>

namespace longtail {

Collective::~Collective() = default;

}  // namespace longtail
