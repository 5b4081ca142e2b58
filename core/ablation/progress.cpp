#include "core/ablation/progress.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/engine/console.h"
#include "registry/text/visible.h"

namespace longtail {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point then) { return std::chrono::duration<double>(Clock::now() - then).count(); }

/// The last few kilobytes of a file: metrics.jsonl grows with every logged iteration.
std::string tail_of(const std::filesystem::path& file) {
  std::error_code unseen;
  if (!std::filesystem::is_regular_file(file, unseen)) return "";  // a pipe would make the program wait
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  if (!stream) return "";
  const std::streamoff size = stream.tellg();
  const std::streamoff length = std::min<std::streamoff>(size, 8192);
  stream.seekg(size - length);
  std::string text(static_cast<std::size_t>(length), '\0');
  stream.read(text.data(), length);
  return text;
}

}  // namespace

double trained_fraction(const std::filesystem::path& run_folder, double epochs) {
  double epoch = 0, iteration = 0, epoch_begin = 0;  // of the last line, and where its epoch began
  std::istringstream lines(tail_of(run_folder / "metrics.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const json data = json::parse(line, nullptr, false);
    if (!data.is_object() || data.value("kind", "") != "train") continue;
    if (!data.contains("epoch") || !data["epoch"].is_number()) continue;
    const double next = data["epoch"].get<double>();
    if (next != epoch) epoch_begin = epoch > 0 ? iteration : 0;
    epoch = next;
    iteration = data.value("iteration", 0.0);
  }
  if (epoch < 1 || epochs <= 0) return -1;
  const double per_epoch = epoch > 1 && epoch_begin > 0 ? epoch_begin / (epoch - 1) : 0;
  const double within = per_epoch > 0 ? std::min(1.0, (iteration - epoch_begin) / per_epoch) : 0;
  return std::clamp((epoch - 1 + within) / epochs, 0.0, 1.0);
}

MatrixProgress::MatrixProgress(std::function<void(const std::string&)> write, bool live, std::size_t total)
    : write_(std::move(write)), live_(live), total_(total) {}

void MatrixProgress::clear() {
  if (drawn_) write_("\r\033[K");
  drawn_ = false;
}

void MatrixProgress::say(const std::string& line) {
  clear();
  write_(visible(line) + '\n');
}

std::string MatrixProgress::describe(RunningRow& row) const {
  const double fraction = trained_fraction(row.folder, row.epochs);
  const double elapsed = seconds_since(row.started);
  if (fraction < 0) return fmt::format("{}: {}", row.name, format_duration(elapsed));
  if (row.first_fraction < 0) row.first_fraction = fraction;
  std::string text = fmt::format("{}: {:.0f}%", row.name, 100 * fraction);
  const double progressed = fraction - row.first_fraction;
  if (progressed > 0) text += fmt::format(", {} left", format_duration(elapsed * (1 - fraction) / progressed));
  return text;
}

void MatrixProgress::tick(std::vector<RunningRow>& running) {
  if (running.empty() || seconds_since(last_) < (live_ ? 1 : 60)) return;
  last_ = Clock::now();
  std::string line = fmt::format("[{}/{}] ", done_, total_);
  for (std::size_t i = 0; i < running.size(); ++i) line += (i > 0 ? " | " : "") + describe(running[i]);
  line = visible(line);
  if (!live_) return write_(line + '\n');
  const int width = terminal_width() - 2;  // a redrawn line must not wrap
  if (std::string cut = cut_to_width(line, width); cut != line) line = cut_to_width(line, width - 2) + "..";
  write_("\r\033[K" + line);
  drawn_ = true;
}

}  // namespace longtail
