#include <fmt/format.h>
#include <longtail/error.h>

#include <memory>
#include <string>

#include "apps/command.h"
#include "apps/print.h"
#include "core/doctor/doctor.h"
#include "core/system/tuning.h"

namespace longtail::app {
namespace {

struct DoctorArguments {
  bool json = false;
  bool skip_measuring = false;
  std::string work_dir = ".";
};

void run(const DoctorArguments& arguments, const Globals& globals) {
  prepare_process();
  Catalog catalog;
  try {
    catalog = globals.load_catalog();
  } catch (const PluginError& error) {  // two files with the same name: a finding here, not the end
    catalog.add_failure({"search path", error.what()});
  }
  DoctorOptions options;
  options.config_roots = globals.config_roots();
  options.work_dir = arguments.work_dir;
  options.measure = !arguments.skip_measuring;
  const std::vector<Finding> findings = examine(catalog, options);
  fmt::print("{}", arguments.json ? visible_json(findings_json(findings)) : visible_lines(findings_text(findings)));
}

}  // namespace

void add_doctor_command(CLI::App& app, Globals& globals) {
  auto arguments = std::make_shared<DoctorArguments>();
  CLI::App* verb = app.add_subcommand("doctor", "Look at this installation and machine, and say what to do");
  verb->add_flag("--json", arguments->json, "Machine-readable");
  verb->add_flag("--no-measure", arguments->skip_measuring, "Do not time a matrix product");
  verb->add_option("--work-dir", arguments->work_dir, "Where runs will be written")->capture_default_str();
  verb->callback([arguments, &globals] { run(*arguments, globals); });
}

}  // namespace longtail::app
