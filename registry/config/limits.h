#pragma once

#include <longtail/config/diagnostics.h>
#include <longtail/config/node.h>

#include <cstddef>

namespace longtail {

// What a configuration may grow to. No real one comes near; without bounds a file of a few kB can take all memory, all
// time or all of the stack. Every message about one names it.

/// Maps and lists nested deeper than this are refused: every walk over a tree may recurse.
constexpr int max_depth = 200;
/// Bytes of one file. Someone gave a checkpoint or annotations as configuration; and yaml-cpp takes 240 bytes for each.
constexpr std::size_t max_file = 4 << 20;
/// Values of one file, its aliases written out or not.
constexpr std::size_t max_values = 500'000;
/// Keys of one map: they are looked up one after the other.
constexpr std::size_t max_keys = 10'000;
/// Bytes of a key: paths of keys are built while trees are walked.
constexpr std::size_t max_key = 200;
/// Values that aliases, or references, may add: such of such of such double at each step.
constexpr std::size_t max_copied = 100'000;
/// Bytes of text that references may add.
constexpr std::size_t max_copied_text = 4 << 20;
/// Bytes of a text with references in it.
constexpr std::size_t max_reference_text = 1 << 16;
/// `${env:A,${env:B,...}}` in each other.
constexpr int max_nested_defaults = 50;
/// Values and keys looked at while all references are resolved.
constexpr std::size_t max_reference_work = 20'000'000;
/// Files that extend files that extend ..., and names in all `extends` together.
constexpr std::size_t max_chain = 50;
constexpr std::size_t max_extends = 1'000;
/// Values that all of them bring.
constexpr std::size_t max_extended = 2'000'000;

/// Rows of a matrix, and its runs: rows times seeds. Each is composed, checked and trained.
constexpr std::size_t max_rows = 10'000;
constexpr std::size_t max_runs = 100'000;
/// Values of all composed rows of a matrix together, and bytes of their text: each row is an experiment of its own.
constexpr std::size_t max_row_values = 2'000'000;
constexpr std::size_t max_row_text = 256 << 20;
/// Entries of `exclude`, and of `paper`; values looked at while the rows are found that those without a label mean.
constexpr std::size_t max_selectors = 10'000;
constexpr std::size_t max_selector_work = 20'000'000;

/// Findings that are kept, those that are told, and the bytes of one.
constexpr std::size_t max_findings = 10'000;
constexpr std::size_t max_told = 200;
constexpr std::size_t max_message = 4'000;

/// Whether further findings are dropped: work for the sake of their words can be spared.
bool is_full(const Diagnostics& diagnostics);

/// What a tree takes.
struct Extent {
  std::size_t values = 1;
  std::size_t text = 0;    // bytes of scalars, keys and earlier values
  std::size_t widest = 0;  // keys of the largest map
  int height = 0;
};
Extent extent_of(const Node& node);

/// Whether the rows of a matrix may not take this together.
inline bool is_too_much_for_rows(const Extent& rows) {
  return rows.values > max_row_values || rows.text > max_row_text;
}

}  // namespace longtail
