#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace longtail {

/// A program to start: where its output goes and what it adds to the environment.
struct ProcessSpec {
  std::vector<std::string> arguments;  // the program first
  std::filesystem::path log;           // standard output and error are appended
  std::map<std::string, std::string> environment;
};

/// Starts a child in a process group of its own, so that ^C on the terminal reaches only this program, which passes it
/// on. The child gets SIGTERM if this program dies. Throws Error when it cannot be started.
pid_t start_process(const ProcessSpec& spec);

/// The exit code of a child that has ended (128 + signal when it was killed), nothing while it runs.
std::optional<int> poll_process(pid_t pid);

/// Sends a signal to the child's whole process group.
void signal_process(pid_t pid, int signal);

/// What a program that has ended leaves: its exit code (128 + signal when it was killed) and what it printed.
struct Captured {
  int exit_code = 0;
  std::string out;
  std::string err;
};

/// Runs a program, looked for on PATH, to its end, in a process group of its own: ^C on the terminal is no signal to
/// it. `environment` takes the place of the present one unless it is empty. Error when the program cannot be started.
Captured run_and_capture(const std::vector<std::string>& arguments, std::vector<std::string> environment = {});

/// While it lives, SIGINT, SIGTERM and SIGHUP are counted instead of ending the program.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
  int count() const;

 private:
  struct Saved;
  Saved* saved_;
};

}  // namespace longtail
