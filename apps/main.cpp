#include <cstdio>
#include <exception>
#include <new>
#include <string>

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <longtail/error.h>

#include "apps/command.h"
#include "apps/usage_error.h"

namespace {

using namespace longtail;

int exit_code(ExitCode code) { return static_cast<int>(code); }

/// Errors go to stderr; findings about configurations already start with their place.
int report(const Error& error) {
  const bool placed = error.code() == ExitCode::config || error.code() == ExitCode::plugin;
  const std::string text = error.what();
  const bool has_prefix = placed && text.find(": error: ") != std::string::npos;
  fmt::print(stderr, "{}{}{}", has_prefix ? "" : "error: ", text, !text.empty() && text.back() == '\n' ? "" : "\n");
  return exit_code(error.code());
}

int run(int argc, char** argv) {
  app::Globals globals;
  CLI::App cli("longtail: long-tailed recognition from composable parts", "longtail");
  cli.require_subcommand(1);
  cli.add_option("--plugin-dir", globals.plugin_dirs, "Folder to search for plugins first; may be repeated")
      ->allow_extra_args(false);
  app::add_train_command(cli, globals);
  app::add_eval_command(cli, globals);
  app::add_evaluate_command(cli, globals);
  app::add_predict_command(cli, globals);
  app::add_weights_command(cli, globals);
  app::add_matrix_command(cli, globals);
  app::add_report_command(cli, globals);
  app::add_data_command(cli, globals);
  app::add_config_command(cli, globals);
  app::add_plugins_command(cli, globals);
  app::add_new_command(cli, globals);
  app::add_doctor_command(cli, globals);
  for (int i = 0; i < argc; ++i) globals.command_line += (i > 0 ? " " : "") + std::string(argv[i]);
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) {
      const std::string mistakes = app::usage_error(cli, argc, argv);
      if (!mistakes.empty()) {
        fmt::print(stderr, "{}", mistakes);
        return exit_code(ExitCode::config);
      }
    }
    const int code = cli.exit(error);
    return code == 0 ? 0 : exit_code(ExitCode::config);
  }
  return globals.exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const Error& error) {
    return report(error);
  } catch (const c10::Error& error) {
    fmt::print(stderr, "error: LibTorch: {}\n", error.what_without_backtrace());
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "error: out of memory; a smaller batch_size or image size needs less\n");
  } catch (const std::exception& error) {
    fmt::print(stderr, "error: {}\n", error.what());
  }
  return exit_code(ExitCode::other);
}
