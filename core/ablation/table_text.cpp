#include "core/ablation/table_text.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/ablation/markdown.h"
#include "core/ablation/run_conditions.h"
#include "core/evaluation/csv.h"
#include "registry/text/visible.h"

namespace longtail {
namespace {

constexpr std::string_view kDash = "—";

enum class Style { plain, bold, dim };

std::string padded(std::string_view text, std::size_t width, bool left = false) {
  const std::size_t used = display_width(text);
  const std::string space(width > used ? width - used : 0, ' ');
  return left ? std::string(text) + space : space + std::string(text);
}

std::string styled(const std::string& text, Style style, bool colour) {
  if (!colour || style == Style::plain) return text;
  return (style == Style::bold ? "\033[1m" : "\033[2m") + text + "\033[0m";
}

/// Two header lines (the column's name; "ours" and "paper") and a line a row. Columns without any number of a paper
/// have one part only.
struct Grid {
  std::vector<std::vector<std::string>> lines;  // without the first header line
  std::vector<bool> from_paper;                 // by part; the first part is the label
  std::vector<std::size_t> widths;
};

Grid grid_of(const Table& table) {
  Grid grid;
  grid.lines.emplace_back(1, "");
  grid.from_paper = {false};
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    grid.lines[0].emplace_back(table.has_paper() ? "ours" : visible(table.columns[i]));
    grid.from_paper.push_back(false);
    if (!table.has_paper(i)) continue;
    grid.lines[0].emplace_back("paper");
    grid.from_paper.push_back(true);
  }
  for (const TableRow& row : table.rows) {
    std::vector<std::string> line = {visible(row.label)};
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      line.push_back(measured_text(row.cells[i], table.decimals(i)));
      if (table.has_paper(i)) line.push_back(paper_text(row.cells[i], table.decimals(i)));
    }
    grid.lines.push_back(std::move(line));
  }
  grid.widths.assign(grid.from_paper.size(), 0);
  for (const auto& line : grid.lines) {
    for (std::size_t i = 0; i < line.size(); ++i) grid.widths[i] = std::max(grid.widths[i], display_width(line[i]));
  }
  for (std::size_t i = 0, part = 1; i < table.columns.size(); ++i, ++part) {  // room for the name above a single part
    if (!table.has_paper(i)) grid.widths[part] = std::max(grid.widths[part], display_width(visible(table.columns[i])));
    if (table.has_paper(i)) ++part;
  }
  return grid;
}

/// The line above "ours" and "paper": each column's name centred over its parts.
std::string column_header(const Table& table, const Grid& grid) {
  std::string header(grid.widths[0], ' ');
  for (std::size_t i = 0, part = 1; i < table.columns.size(); ++i, ++part) {
    std::size_t room = grid.widths[part];
    if (table.has_paper(i)) room += 1 + grid.widths[++part];
    const std::string name = visible(table.columns[i]);
    const std::size_t used = display_width(name);
    const std::size_t before = table.has_paper(i) && room > used ? (room - used) / 2 : room > used ? room - used : 0;
    header += "   " + padded(std::string(before, ' ') + name, room, true);
  }
  while (!header.empty() && header.back() == ' ') header.pop_back();
  return header;
}

/// A line each; `form` makes what stands in the table fit to be shown.
std::vector<std::string> footnotes(const Table& table, std::string (*form)(std::string_view)) {
  std::vector<std::string> lines;
  for (const std::string& warning : table.warnings) lines.push_back("warning: " + std::string(form(warning)));
  for (const TableRow& row : table.rows) {
    for (const std::string& note : row.notes)
      lines.push_back(fmt::format("{} {}: {}", kDash, form(row.label), form(note)));
  }
  std::vector<std::string> sources;
  for (const TableRow& row : table.rows) {
    if (row.source.empty() || std::find(sources.begin(), sources.end(), row.source) != sources.end()) continue;
    sources.push_back(row.source);
  }
  for (const std::string& source : sources) lines.push_back("paper: " + form(source));
  if (const std::string protocols = protocols_of(table); !protocols.empty()) lines.push_back(form(protocols));
  if (table.has_spread()) {
    lines.push_back(fmt::format("mean ± standard deviation over seeds {}", fmt::join(table.seeds, ", ")));
  }
  return lines;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string measured_text(const TableCell& cell, int decimals) {
  if (!cell.measured()) return std::string(kDash);
  const std::string mean = fmt::format("{:.{}f}", 100 * cell.mean(), decimals);
  return cell.values.size() < 2 ? mean : fmt::format("{} ± {:.{}f}", mean, 100 * cell.spread(), decimals);
}

std::string paper_text(const TableCell& cell, int decimals) {
  return cell.paper ? fmt::format("{:.{}f}", cell.paper->percent, decimals) : std::string(kDash);
}

std::string table_terminal(const Table& table, bool colour) {
  const Grid grid = grid_of(table);
  const std::string heading = table.name + (table.title.empty() ? "" : ": " + table.title);
  std::string text = styled(visible(heading), Style::bold, colour) + '\n';
  if (table.has_paper()) text += column_header(table, grid) + '\n';
  for (std::size_t line = 0; line < grid.lines.size(); ++line) {
    const auto& cells = grid.lines[line];
    text += padded(cells[0], grid.widths[0], true);
    for (std::size_t i = 1; i < cells.size(); ++i) {
      text += grid.from_paper[i] ? " " : "   ";
      const Style style = grid.from_paper[i] || line == 0 ? Style::dim : Style::plain;
      text += styled(padded(cells[i], grid.widths[i]), style, colour);
    }
    text += '\n';
  }
  for (const std::string& line : footnotes(table, visible)) text += line + '\n';
  return text;
}

std::string table_markdown(const Table& table) {
  const std::string heading = table.name + (table.title.empty() ? "" : ": " + table.title);
  std::string text = "## " + markdown_text(heading) + "\n\n|  |";
  std::string rule = "|---|";
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    text += ' ' + markdown_text(table.columns[i]) + " |" + (table.has_paper(i) ? " paper |" : "");
    rule += table.has_paper(i) ? "---:|---:|" : "---:|";
  }
  text += '\n' + rule + '\n';
  for (const TableRow& row : table.rows) {
    text += "| " + markdown_text(row.label) + " |";
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      text += ' ' + measured_text(row.cells[i], table.decimals(i)) + " |";
      if (table.has_paper(i)) text += ' ' + paper_text(row.cells[i], table.decimals(i)) + " |";
    }
    text += '\n';
  }
  std::string list;
  for (const std::string& line : footnotes(table, markdown_text)) list += "- " + line + '\n';
  return text + (list.empty() ? "" : '\n' + list);
}

std::string table_csv(const Table& table) {
  std::string text = "label,seeds";
  for (const std::string& column : table.columns) {
    for (const char* part : {"", "_spread", "_paper"}) text += ',' + csv_field(column + part);
  }
  text += ",source,notes,protocol\n";
  for (const TableRow& row : table.rows) {
    std::size_t finished = 0;
    for (const RunView& run : row.runs) finished += run.status == RunStatus::finished ? 1 : 0;
    text += fmt::format("{},{}", csv_field(row.label), finished);
    for (const TableCell& cell : row.cells) {
      text += cell.measured() ? fmt::format(",{:.4f},{:.4f},", 100 * cell.mean(), 100 * cell.spread()) : ",,,";
      if (cell.paper) text += fmt::format("{:.{}f}", cell.paper->percent, cell.paper->decimals);
    }
    text += ',' + csv_field(row.source) + ',' + csv_field(fmt::format("{}", fmt::join(row.notes, "; "))) + ',' +
            csv_field(protocol_of(row)) + '\n';
  }
  return text;
}

}  // namespace longtail
