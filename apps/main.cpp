#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <new>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <longtail/error.h>

#include "apps/command.h"
#include "apps/crash_report.h"
#include "apps/cut_file_report.h"
#include "apps/early_exit.h"
#include "apps/signals.h"
#include "apps/usage_error.h"
#include "core/system/build_info.h"
#include "core/system/torch_error.h"
#include "registry/plugin/origin.h"
#include "registry/text/several_lines.h"
#include "registry/text/visible.h"

namespace {

using namespace longtail;

int exit_code(ExitCode code) { return static_cast<int>(code); }

/// To stderr; the line breaks are ours. fmt::print would throw where it cannot be written, and that in the midst of
/// handling an error.
void complain(const std::string& text) { std::fputs(visible_lines(text).c_str(), stderr); }

/// A file opened later would get the number of a standard stream that the caller closed, and all that is printed.
void open_closed_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) != -1) continue;
    // open() gives the lowest free number, this one. Messages go nowhere, as the caller wanted; but output that is
    // lost must show, so stdout cannot be written.
    const int mode = stream == STDERR_FILENO ? O_WRONLY : O_RDONLY;
    if (::open("/dev/null", mode) != stream) std::_Exit(exit_code(ExitCode::other));
  }
}

/// Errors go to stderr; lists of findings, in configurations and elsewhere, start every line with its place.
int report(const Error& error) {
  const std::string text = shown(error);
  const bool has_prefix = text.substr(0, text.find('\n')).find(": error: ") != std::string::npos;
  complain((has_prefix ? "" : "error: ") + text + (!text.empty() && text.back() == '\n' ? "" : "\n"));
  return exit_code(error.code());
}

/// "PATH: REASON": the library's text names its functions.
std::string reason_of(const std::filesystem::filesystem_error& error) {
  std::string text;
  for (const std::filesystem::path& path : {error.path1(), error.path2()}) {
    if (!path.empty()) text += visible(path.native()) + ": ";
  }
  return text + error.code().message();
}

void add_verbs(CLI::App& cli, app::Globals& globals) {
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
}

int run(int argc, char** argv) {
  app::Globals globals;
  for (int i = 0; i < argc; ++i) globals.command_line += (i > 0 ? " " : "") + std::string(argv[i]);
  CLI::App cli("longtail: long-tailed recognition from composable parts", "longtail");
  cli.require_subcommand(1);
  cli.set_version_flag("--version", build_info().text());
  cli.fallthrough();  // --plugin-dir may also stand after the verb; the verbs, added below, inherit it
  cli.add_option("--plugin-dir", globals.plugin_dirs,
                 "Folder to search for plugins first; may be repeated, and stand after the verb")
      ->allow_extra_args(false);
  cli.add_flag("--no-plugin-path", globals.no_plugin_path,
               "Refuse configurations with a plugin_path, whose plugins run: for files of strangers");
  add_verbs(cli, globals);
  const std::vector<std::string> words = app::spread_sets({argv + (argc > 0), argv + argc});
  if (words.empty()) {
    fmt::print("{}", cli.help());
    return exit_code(ExitCode::good);
  }
  std::vector<std::string> backwards(words.rbegin(), words.rend());  // as CLI11 wants them
  try {
    cli.parse(std::move(backwards));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return cli.exit(error);  // --help
    complain(app::usage_error(cli, words, error));
    return exit_code(ExitCode::config);
  }
  return globals.exit_code;
}

/// `write_error` is why stdout could not be written, where fmt::print() threw because of that.
int run_and_report(int argc, char** argv, std::string& write_error) {
  try {
    return run(argc, argv);
  } catch (const Error& error) {
    return report(error);
  } catch (const c10::Error& error) {
    complain(fmt::format("error: {}\n", message_of(error)));
  } catch (const OutOfMemory& error) {
    complain(fmt::format("error: {}; a smaller batch_size or image size needs less\n", visible(error.what())));
  } catch (const std::bad_alloc&) {
    complain("error: out of memory; a smaller batch_size or image size needs less\n");
  } catch (const std::filesystem::filesystem_error& error) {
    complain(fmt::format("error: {}\n", reason_of(error)));
  } catch (const std::system_error& error) {
    if (std::ferror(stdout) != 0) {
      write_error = error.code().message();
    } else {
      complain(fmt::format("error: {}\n", shown(error)));
    }
  } catch (const std::exception& error) {
    complain(fmt::format("error: {}\n", shown(error)));
  }
  return exit_code(ExitCode::other);
}

/// Output that could not be written makes a failure of a success: the last of it is only written here.
int check_output(int code, std::string write_error) {
  const bool failed_before = std::ferror(stdout) != 0;
  errno = 0;
  if (std::fflush(stdout) == 0 && !failed_before) return code;
  if (write_error.empty()) write_error = errno != 0 ? std::generic_category().message(errno) : "a write failed";
  complain(fmt::format("error: the output cannot be written: {}\n", write_error));
  return code != 0 ? code : exit_code(ExitCode::other);
}

}  // namespace

int main(int argc, char** argv) {
  app::keep_inherited_signals();
  open_closed_streams();
  app::report_crashes(argv[0]);
  app::report_cut_files();
  app::report_early_exits();
  app::end_at_once_on_signals();  // until a verb that has something to save takes over
  std::string write_error;
  const int code = run_and_report(argc, argv, write_error);
  const int checked = check_output(code, write_error);
  app::expect_exit();
  return checked;
}
