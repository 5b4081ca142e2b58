#include <fmt/format.h>

#include <memory>
#include <string>

#include "apps/command.h"
#include "apps/print.h"
#include "registry/plugin/scaffold.h"

namespace longtail::app {
namespace {

struct NewArguments {
  std::string kind;
  std::string name;
  std::filesystem::path parent = ".";
};

void write_project(const NewArguments& arguments, const Globals& globals) {
  const Catalog catalog = globals.load_catalog();
  const std::filesystem::path folder =
      scaffold(template_folder(), arguments.kind, arguments.name, arguments.parent, catalog.names(arguments.kind));
  const std::string shown = visible(folder.lexically_normal().native());
  fmt::print(
      "{0} is ready. Its README.md says what to write where; to build and look at it, where longtail is installed in "
      "PREFIX\n"
      "(cmake --install build --prefix PREFIX, in the folder of longtail):\n\n"
      "  cmake -S {0} -B {0}/build -DCMAKE_PREFIX_PATH=PREFIX && cmake --build {0}/build && ctest --test-dir "
      "{0}/build\n"
      "  longtail --plugin-dir {0}/build plugins describe {1}/{2}\n",
      shown, arguments.kind, arguments.name);
}

}  // namespace

void add_new_command(CLI::App& app, Globals& globals) {
  auto arguments = std::make_shared<NewArguments>();
  CLI::App* verb = app.add_subcommand("new", "Start a plugin of your own: a project that builds");
  verb->add_option("KIND", arguments->kind, "loss, sampler, backbone, paradigm or calibration")->required();
  verb->add_option("NAME", arguments->name, "Of a-z, 0-9 and _; the folder is called like it")->required();
  verb->add_option("--out", arguments->parent, "Folder to write it into (default: the current one)");
  verb->callback([arguments, &globals] { write_project(*arguments, globals); });
}

}  // namespace longtail::app
