#include <memory>

#include <fmt/format.h>

#include "apps/command.h"
#include "apps/print.h"
#include "core/ablation/report.h"
#include "core/ablation/run_state.h"

namespace longtail::app {

void add_report_command(CLI::App& app, Globals&) {
  struct Arguments {
    std::filesystem::path folder;
    std::filesystem::path out;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = app.add_subcommand("report", "Write an HTML page about a run or a matrix");
  verb->add_option("WORK_DIR", arguments->folder, "Run folder, table folder or the work dir of a matrix")->required();
  verb->add_option("--out", arguments->out, "Where the page goes; WORK_DIR/report.html by default");
  verb->callback([arguments] {
    const std::filesystem::path out = arguments->out.empty() ? arguments->folder / "report.html" : arguments->out;
    write_text_file(out, report_html(arguments->folder), Links::follow_own);
    fmt::print("{}\n", visible(out.native()));
  });
}

}  // namespace longtail::app
