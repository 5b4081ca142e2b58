#include "registry/config/marks.h"

#include <algorithm>

namespace longtail {
namespace {

void carry_marks(Node& to, const Node& from) {
  to.set_mark(from.mark());
  to.origins() = from.origins();
  if (to.is_map() && from.is_map()) {
    for (Node::Entry& entry : to.entries()) {
      if (const Node* source = from.find(entry.key)) carry_marks(entry.value, *source);
    }
  } else if (to.is_map() && from.is_scalar()) {  // `loss: pcb`
    if (Node* type = to.find("type")) carry_marks(*type, from);
  } else if (to.is_list() && from.is_list()) {
    const std::size_t shared = std::min(to.items().size(), from.items().size());
    for (std::size_t i = 0; i < shared; ++i) carry_marks(to.items()[i], from.items()[i]);
  }
}

}  // namespace

Node with_marks_of(Node made, const Node& written) {
  carry_marks(made, written);
  return made;
}

}  // namespace longtail
