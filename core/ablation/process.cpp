#include "core/ablation/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fmt/format.h>

#include <longtail/error.h>

#include "core/io/own_file.h"

extern char** environ;

namespace longtail {
namespace {

volatile std::sig_atomic_t interrupts = 0;

void count_interrupt(int) { interrupts = interrupts + 1; }

constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};

/// "NAME=value" of the present environment with additions; kept alive by the caller until exec.
std::vector<std::string> environment_with(const std::map<std::string, std::string>& additions) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (additions.count(text.substr(0, text.find('='))) == 0) result.push_back(text);
  }
  for (const auto& [name, value] : additions) result.push_back(name + '=' + value);
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

/// Takes what a child prints. A pipe for each would have to be read by turns.
struct MemoryFile {
  MemoryFile() : descriptor(::memfd_create("captured", MFD_CLOEXEC)) {
    if (descriptor < 0) throw Error(ExitCode::other, "cannot make a file in memory");
  }
  ~MemoryFile() { ::close(descriptor); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::string text() const {
    std::string all;
    std::array<char, 4096> buffer;
    for (ssize_t size = 0;
         (size = ::pread(descriptor, buffer.data(), buffer.size(), static_cast<off_t>(all.size()))) > 0;) {
      all.append(buffer.data(), static_cast<std::size_t>(size));
    }
    return all;
  }

  int descriptor;
};

int exit_code_of(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

/// The child's side of start_process: only calls that are safe after fork.
[[noreturn]] void become(char** arguments, char** environment, int log, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(127);                               // the parent died before prctl
  for (const int number : {SIGINT, SIGTERM}) ::signal(number, SIG_DFL);  // the matrix stops it by them; nohup stays
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::execve(arguments[0], arguments, environment);
  const char* reason = std::strerror(errno);
  const char* start = "error: cannot start the program: ";
  if (::write(STDERR_FILENO, start, std::strlen(start)) > 0 &&
      ::write(STDERR_FILENO, reason, std::strlen(reason)) > 0) {
    ::_exit(::write(STDERR_FILENO, "\n", 1) == 1 ? 127 : 126);
  }
  ::_exit(127);
}

}  // namespace

pid_t start_process(const ProcessSpec& spec) {
  const int log = open_own_file(spec.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, "choose another --work-dir");
  if (log < 0) {
    throw Error(ExitCode::other, fmt::format("{}: cannot be written: {}", spec.log.string(), std::strerror(-log)));
  }
  std::vector<std::string> arguments = spec.arguments;
  std::vector<std::string> environment = environment_with(spec.environment);
  std::vector<char*> argument_pointers = pointers(arguments);
  std::vector<char*> environment_pointers = pointers(environment);
  const pid_t parent = ::getpid();
  // fork and not posix_spawn: the child must ask to be told of this program's death.
  const pid_t pid = ::fork();
  if (pid == 0) become(argument_pointers.data(), environment_pointers.data(), log, parent);
  const int reason = errno;
  ::close(log);
  if (pid < 0) {
    throw Error(ExitCode::other, fmt::format("cannot start {}: {}", spec.arguments.front(), std::strerror(reason)));
  }
  ::setpgid(pid, pid);  // on both sides, so that a signal cannot come too early
  return pid;
}

std::optional<int> poll_process(pid_t pid) {
  int status = 0;
  const pid_t ended = ::waitpid(pid, &status, WNOHANG);
  if (ended == pid) return exit_code_of(status);
  if (ended < 0 && errno != EINTR) return 127;
  return std::nullopt;
}

void signal_process(pid_t pid, int signal) { ::kill(-pid, signal); }

Captured run_and_capture(const std::vector<std::string>& arguments, std::vector<std::string> environment) {
  std::vector<std::string> copy = arguments;
  std::vector<char*> argument_pointers = pointers(copy);
  std::vector<char*> environment_pointers = pointers(environment);
  const MemoryFile out, err;
  int started[2];  // closed by exec; carries errno when there was none
  if (::pipe2(started, O_CLOEXEC) != 0) throw Error(ExitCode::other, "cannot make a pipe");
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::setpgid(0, 0);
    const int nothing = ::open("/dev/null", O_RDONLY);
    if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
    ::dup2(out.descriptor, STDOUT_FILENO);
    ::dup2(err.descriptor, STDERR_FILENO);
    if (!environment.empty()) ::environ = environment_pointers.data();
    for (const int number : {SIGPIPE, SIGXFSZ}) ::signal(number, SIG_DFL);  // which this program ignores
    ::execvp(argument_pointers[0], argument_pointers.data());
    const int reason = errno;
    ::_exit(::write(started[1], &reason, sizeof reason) > 0 ? 127 : 126);
  }
  int reason = pid < 0 ? errno : 0;
  ::close(started[1]);
  while (pid > 0 && ::read(started[0], &reason, sizeof reason) < 0 && errno == EINTR) {
  }
  ::close(started[0]);
  int status = 0;
  while (pid > 0 && ::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (reason != 0) {
    throw Error(ExitCode::other, fmt::format("'{}' cannot be run: {}; is it installed and on PATH?", arguments.front(),
                                             std::strerror(reason)));
  }
  return {exit_code_of(status), out.text(), err.text()};
}

struct InterruptGuard::Saved {
  std::array<struct sigaction, kSignals.size()> actions;
};

InterruptGuard::InterruptGuard() : saved_(new Saved) {
  interrupts = 0;
  struct sigaction action = {};
  action.sa_handler = count_interrupt;
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], &action, &saved_->actions[i]);
    const bool ignored = saved_->actions[i].sa_handler == SIG_IGN;  // under nohup a hangup is no reason to stop
    if (ignored) ::sigaction(kSignals[i], &saved_->actions[i], nullptr);
  }
}

InterruptGuard::~InterruptGuard() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &saved_->actions[i], nullptr);
  delete saved_;
}

int InterruptGuard::count() const { return interrupts; }

}  // namespace longtail
