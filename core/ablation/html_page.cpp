#include "core/ablation/html_page.h"

#include <string_view>

#include <absl/strings/escaping.h>
#include <fmt/format.h>

#include "core/ablation/chart.h"
#include "core/ablation/run_state.h"

namespace longtail {
namespace {

constexpr std::string_view kStyle = R"(
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #1d2530; background: #fff; max-width: 72rem; margin: 2rem auto;
       padding: 0 1.25rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.2rem; margin: 2.25rem 0 .5rem; }
.quiet { color: #5c6673; } a { color: #0072b2; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: .75rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .7rem; text-align: right; border-bottom: 1px solid #e3e7ec; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
thead th { border-bottom: 1.5px solid #9aa4b1; font-weight: 600; } td.paper, th.paper { color: #5c6673; }
td.text { text-align: left; white-space: normal; }
td.best { font-weight: 700; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(26rem, 1fr)); gap: 1rem 1.5rem; }
figure { margin: .5rem 0; } figcaption { font-weight: 600; } svg { width: 100%; max-width: 42rem; height: auto; }
img { max-width: 100%; }
svg text { font: 11px system-ui, sans-serif; fill: #5c6673; } .grid { stroke: #e9edf1; } .tick, .axis { stroke: #9aa4b1; }
.legend { display: flex; flex-wrap: wrap; gap: 0 1rem; font-size: .85rem; }
.legend i { display: inline-block; width: .7rem; height: .7rem; border-radius: .35rem; margin-right: .35rem; }
details { border-top: 1px solid #e3e7ec; padding: .4rem 0; } summary { cursor: pointer; }
pre { background: #f5f7f9; padding: .75rem; overflow-x: auto; font-size: .82rem; line-height: 1.4; }
)";

}  // namespace

std::string html_page(const std::string& title, const std::string& body) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n"
      "<style>{}</style>\n</head>\n<body>\n{}</body>\n</html>\n",
      html_escaped(title), kStyle, body);
}

std::string html_file(const std::string& heading, const std::filesystem::path& file) {
  const std::string text = read_text_file(file);
  if (text.empty()) return "";
  return fmt::format("<details><summary>{}</summary><pre>{}</pre></details>\n", html_escaped(heading),
                     html_escaped(text));
}

std::string html_png(const std::string& description, const std::filesystem::path& file) {
  const std::string bytes = read_text_file(file);
  if (bytes.empty()) return "";
  return fmt::format("<img alt=\"{}\" src=\"data:image/png;base64,{}\">\n", html_escaped(description),
                     absl::Base64Escape(bytes));
}

std::string html_run_files(const std::filesystem::path& run_folder, const std::filesystem::path& provenance) {
  return html_file("Configuration (every value)", run_folder / "config.yaml") +
         html_file("Provenance (where each value was set)", provenance) +
         html_file("Environment", run_folder / "env.json");
}

}  // namespace longtail
