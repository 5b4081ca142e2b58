#!/usr/bin/env bash
# Every table of results in a document stands under a line `<!-- record: FILE -->`, and FILE, below configs/records,
# holds the same numbers and how they came to be: table.csv as `longtail matrix` writes it, under lines `# key: value`.
#
#   tests/systems/documents.sh                        do documents and records agree?
#   tests/systems/documents.sh RECORD TABLE.csv       does a finished run give the record's numbers?
#   tests/systems/documents.sh --demo                 runs the demo (10 minutes) and compares its table with its record
#
# A row of a record is found by its label, or by one of the names after it: `alpha=0.2|PCB, alpha 0.2`.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
documents=(README.md configs/emoji/RESULTS.md configs/tables/RESULTS.md configs/tables/emoji/RESULTS.md
  configs/clothing/RESULTS.md configs/coco_small/RESULTS.md)
keys="command commit seeds threads machine time"
metrics=" AP AP50 APr APc APf APb many medium few overall "

# Functions for both uses: fields of a CSV line, and a record's numbers as number[FILE, NAME, COLUMN].
reading='
function fields_of(line, out,    n, c, i, quoted) {
  split("", out)
  n = 1
  for (i = 1; i <= length(line); ++i) {
    c = substr(line, i, 1)
    if (c == "\"") quoted = !quoted
    else if (c == "," && !quoted) ++n
    else out[n] = out[n] c
  }
  return n
}
function complain(text) { print text; bad = 1 }
function read_record(file,    line, n, i, j, k, names, head, field, part) {
  if (file in rows) return rows[file]
  rows[file] = n = 0
  while ((getline line < file) > 0) {
    if (line ~ /^# [a-z]+: ./) {
      split(line, part, /[ :]+/)
      told[file, part[2]] = 1
    } else if (!n++) {
      columns = fields_of(line, head)
    } else {
      fields_of(line, field)
      names = split(field[1], part, "|")
      for (j = 1; j <= names; ++j) {
        known[file, part[j]] = 1
        for (i = 3; i <= columns; ++i) number[file, part[j], head[i]] = field[i]
      }
      ++rows[file]
    }
  }
  close(file)
  if (!rows[file]) complain(file ": is no record: no rows")
  n = split(keys, part, " ")
  for (k = 1; k <= n && rows[file]; ++k) {
    if (!((file, part[k]) in told)) complain(file ": does not say its " part[k] ": # " part[k] ": ...")
  }
  return rows[file]
}
# Whether a printed number is the recorded one, rounded to as many places.
function same(printed, recorded,    places) {
  places = index(printed, ".") ? length(printed) - index(printed, ".") : 0
  return printed - recorded <= 0.5001 * 10 ^ -places && recorded - printed <= 0.5001 * 10 ^ -places
}
'

check_documents() {
  awk -v keys="$keys" -v metrics="$metrics" -v records="$(echo configs/records/*.csv)" "$reading"'
  function cells_of(line, out,    n, i) {
    if (line ~ /^\|/) n = split(substr(line, 2), out, "|")
    else { sub(/^ +/, "& ", line); n = split(line, out, /  +/) }
    for (i = 1; i <= n; ++i) gsub(/^[ *]+|[ *]+$|\*\*/, "", out[i])
    return n
  }
  # Whether the first cells of a line are the label of one of a record'"'"'s rows.
  function is_row(file) { return (file, cell[1]) in known || (file, cell[1] " " cell[2]) in known }
  FNR == 1 { quoted = 0; inside = 0 }
  /^<!-- record: / {
    inside = 0
    for (quoted = 0; $(quoted + 3) != "-->"; ++quoted) {
      quotes[quoted + 1] = $(quoted + 3)
      used[$(quoted + 3)] = 1
      read_record($(quoted + 3))
    }
    next
  }
  /^```/ || /^\|[-|: ]+\|$/ { next }
  /^ *$/ { if (inside) quoted = inside = 0; next }
  /^\|/ || (quoted && /^[^<]/) {
    if (!inside) {
      count = cells_of($0, title)
      inside = 1
      measured = 0
      for (i = 1; i <= count; ++i) measured += title[i] != "" && index(metrics, " " title[i] " ") > 0
      if (measured && !quoted) complain(FILENAME ":" FNR ": a table of results without a line <!-- record: FILE -->")
      next
    }
    if (!quoted || !measured) next
    cells_of($0, cell)
    for (q = quoted; q >= 1; --q) if (q == 1 || is_row(quotes[q])) { record = quotes[q]; break }
    label = cell[1]
    for (i = 2; i <= count && index(metrics, " " title[i] " ") == 0; ++i) {
      if ((record, label " " cell[i]) in known) label = label " " cell[i]
    }
    if (!((record, label) in known)) { complain(FILENAME ":" FNR ": " record " has no row \"" label "\""); next }
    for (i = 1; i <= count; ++i) {
      if (title[i] == "" || index(metrics, " " title[i] " ") == 0) continue
      parts = split(cell[i], part, / *± */)
      if (!same(part[1], number[record, label, title[i]]) || number[record, label, title[i]] == "" ||
          (parts > 1 && !same(part[2], number[record, label, title[i] "_spread"])))
        complain(FILENAME ":" FNR ": " label ": " title[i] " is " cell[i] ", in " record " it is " \
                 number[record, label, title[i]] (parts > 1 ? " ± " number[record, label, title[i] "_spread"] : ""))
    }
  }
  END {
    n = split(records, part, " ")
    for (i = 1; i <= n; ++i) if (!(part[i] in used)) complain(part[i] ": no document quotes it")
    exit bad
  }' "$@"
}

compare_run() {  # compare_run RECORD TABLE.csv
  awk -v keys="$keys" -v record="$1" "$reading"'
  BEGIN { read_record(record) }
  FNR == 1 { n = fields_of($0, title); next }
  {
    fields_of($0, cell)
    if (!((record, cell[1]) in known)) next
    ++compared
    for (i = 3; i <= n; ++i) {
      if (title[i] ~ /_(spread|paper)$/ || number[record, cell[1], title[i]] == "") continue
      if (sprintf("%.2f", cell[i]) != sprintf("%.2f", number[record, cell[1], title[i]]))
        complain(cell[1] ": " title[i] " is " cell[i] ", in " record " it is " number[record, cell[1], title[i]])
    }
  }
  END {
    if (!compared) complain(FILENAME ": has no row of " record)
    if (!bad) print "the run gives the record'\''s numbers: " compared " rows"
    exit bad
  }' "$2"
}

case $# in
  0) check_documents "${documents[@]}" ;;
  1)
    [[ $1 == --demo ]]
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    LONGTAIL_WORK_DIR=$work/demo ./bootstrap.sh demo
    compare_run configs/records/demo.csv "$work/demo/runs/demo/table.csv"
    ;;
  2) compare_run "$@" ;;
esac
