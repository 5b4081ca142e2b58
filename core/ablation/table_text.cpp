#include "core/ablation/table_text.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/evaluation/csv.h"

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
    grid.lines[0].emplace_back(table.has_paper() ? "ours" : table.columns[i]);
    grid.from_paper.push_back(false);
    if (!table.has_paper(i)) continue;
    grid.lines[0].emplace_back("paper");
    grid.from_paper.push_back(true);
  }
  for (const TableRow& row : table.rows) {
    std::vector<std::string> line = {row.label};
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
    if (!table.has_paper(i)) grid.widths[part] = std::max(grid.widths[part], display_width(table.columns[i]));
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
    const std::size_t used = display_width(table.columns[i]);
    const std::size_t before = table.has_paper(i) && room > used ? (room - used) / 2 : room > used ? room - used : 0;
    header += "   " + padded(std::string(before, ' ') + table.columns[i], room, true);
  }
  while (!header.empty() && header.back() == ' ') header.pop_back();
  return header;
}

std::string footnotes(const Table& table) {
  std::string text;
  for (const std::string& warning : table.warnings) text += "warning: " + warning + '\n';
  for (const TableRow& row : table.rows) {
    for (const std::string& note : row.notes) text += fmt::format("{} {}: {}\n", kDash, row.label, note);
  }
  std::vector<std::string> sources;
  for (const TableRow& row : table.rows) {
    if (row.source.empty() || std::find(sources.begin(), sources.end(), row.source) != sources.end()) continue;
    sources.push_back(row.source);
  }
  for (const std::string& source : sources) text += "paper: " + source + '\n';
  if (table.has_spread()) {
    text += fmt::format("mean ± standard deviation over seeds {}\n", fmt::join(table.seeds, ", "));
  }
  return text;
}

std::string markdown_cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  return text;
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
  std::string text = styled(table.name + (table.title.empty() ? "" : ": " + table.title), Style::bold, colour) + '\n';
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
  return text + footnotes(table);
}

std::string table_markdown(const Table& table) {
  std::string text = "## " + table.name + (table.title.empty() ? "" : ": " + table.title) + "\n\n|  |";
  std::string rule = "|---|";
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    text += ' ' + markdown_cell(table.columns[i]) + " |" + (table.has_paper(i) ? " paper |" : "");
    rule += table.has_paper(i) ? "---:|---:|" : "---:|";
  }
  text += '\n' + rule + '\n';
  for (const TableRow& row : table.rows) {
    text += "| " + markdown_cell(row.label) + " |";
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      text += ' ' + measured_text(row.cells[i], table.decimals(i)) + " |";
      if (table.has_paper(i)) text += ' ' + paper_text(row.cells[i], table.decimals(i)) + " |";
    }
    text += '\n';
  }
  std::string notes = footnotes(table);
  std::string list;
  while (!notes.empty()) {
    const std::size_t end = notes.find('\n');
    list += "- " + notes.substr(0, end) + '\n';
    notes.erase(0, end + 1);
  }
  return text + (list.empty() ? "" : '\n' + list);
}

std::string table_csv(const Table& table) {
  std::string text = "label,seeds";
  for (const std::string& column : table.columns) {
    text += fmt::format(",{0},{0}_spread,{0}_paper", csv_field(column));
  }
  text += ",source,notes\n";
  for (const TableRow& row : table.rows) {
    std::size_t finished = 0;
    for (const RunView& run : row.runs) finished += run.status == RunStatus::finished ? 1 : 0;
    text += fmt::format("{},{}", csv_field(row.label), finished);
    for (const TableCell& cell : row.cells) {
      text += cell.measured() ? fmt::format(",{:.4f},{:.4f},", 100 * cell.mean(), 100 * cell.spread()) : ",,,";
      if (cell.paper) text += fmt::format("{:.{}f}", cell.paper->percent, cell.paper->decimals);
    }
    text += ',' + csv_field(row.source) + ',' + csv_field(fmt::format("{}", fmt::join(row.notes, "; "))) + '\n';
  }
  return text;
}

}  // namespace longtail
