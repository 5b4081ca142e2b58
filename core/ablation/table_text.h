#pragma once

#include <string>
#include <string_view>

#include "core/ablation/table.h"

namespace longtail {

/// "70.12", "70.12 ± 0.30" over several seeds, or an em dash.
std::string measured_text(const TableCell& cell, int decimals);
/// "67.76", or an em dash.
std::string paper_text(const TableCell& cell, int decimals);

/// For a terminal: aligned columns, the paper's numbers beside the measured ones, then what is missing, the sources and
/// the protocol of the evaluation.
/// `colour` adds bold and dim.
std::string table_terminal(const Table& table, bool colour);
std::string table_markdown(const Table& table);
/// One line a row: label, seeds, then for each column its mean, spread and paper value in percent, source, notes,
/// protocol (none in classification).
std::string table_csv(const Table& table);

/// Columns that a text takes on a terminal: UTF-8 code points.
std::size_t display_width(std::string_view text);

}  // namespace longtail
