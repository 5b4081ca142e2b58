#include <longtail/config/compose.h>

#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void require(bool good) {
  if (!good) std::abort();
}

/// What is written reads back as the same values, and what is printed acts on no terminal.
void check_output(const longtail::Node& root) {
  const std::string text = longtail::to_yaml(root);
  longtail::Diagnostics diagnostics;
  const longtail::Node again = longtail::parse_yaml(text, "again", diagnostics);
  if (diagnostics.ok()) require(again.same_value(root));
  require(text.find('\x1b') == std::string::npos);
  require(longtail::to_json(root).find('\x1b') == std::string::npos);
}

}  // namespace

/// Any text is a configuration, or refused with findings a line each: as a file, merged over another one, with its
/// references resolved, and as the value of --set.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  longtail::Diagnostics diagnostics;
  longtail::Node root = longtail::parse_yaml(text, "fuzz", diagnostics);
  if (diagnostics.ok()) check_output(root);
  longtail::Node base =
      longtail::parse_yaml("{loss: {type: pcb, base: softmax}, a: [1, {b: 2}], x: '${a.1.b}'}", "base", diagnostics);
  longtail::merge(base, root);
  longtail::apply_override(base, "a=" + text, diagnostics);
  longtail::apply_override(base, text, diagnostics);
  longtail::resolve_references(base, diagnostics);
  longtail::diff(root, base);
  longtail::explain(base, "loss");
  longtail::explain(base, text);
  require(diagnostics.text().find('\x1b') == std::string::npos);
  return 0;
}
