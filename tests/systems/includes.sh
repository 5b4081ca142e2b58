#!/usr/bin/env bash
# Every name of the standard library comes from a header that the file includes, itself or through a header of ours:
# what another library happens to bring along on one system is missing on the next.
#
#   tests/systems/includes.sh [FOLDER]     names each use without its header; exit code 1 when there is one
set -euo pipefail

cd "${1:-$(dirname "${BASH_SOURCE[0]}")/../..}"

# HEADER: names in std, and macros with their own spelling (::NAME). Several headers: each of them will do.
rules='
algorithm: sort stable_sort partial_sort nth_element find_if find_if_not any_of all_of none_of count count_if copy_n copy_if fill fill_n transform reverse rotate unique remove_if replace lower_bound upper_bound equal_range binary_search min max minmax clamp min_element max_element minmax_element for_each equal generate set_difference set_intersection lexicographical_compare is_sorted mismatch partition stable_partition push_heap pop_heap make_heap
any: any_cast
array: array
atomic: atomic atomic_bool atomic_int
cctype: isalpha isdigit isalnum isspace isupper islower isxdigit isprint iscntrl ispunct tolower toupper
charconv: from_chars to_chars chars_format
chrono: chrono
cmath: sqrt exp log log1p expm1 pow floor ceil round lround llround fabs isnan isfinite isinf fmod cos sin tan atan2 tanh hypot trunc nearbyint rint cbrt log2 log10 ldexp copysign erf fma ::NAN ::INFINITY
condition_variable: condition_variable
csignal signal.h: raise sig_atomic_t ::SIGINT ::SIGTERM ::SIGKILL
cstdint: int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t uintptr_t
cstdio: printf fprintf fputs fputc fflush fopen fclose fread fwrite snprintf FILE ::FILE ::stdout ::stderr
cstdlib stdlib.h: getenv strtod strtof strtol strtoll strtoull atoi atof exit abort system _Exit quick_exit malloc free
cstring string.h: memcpy memcmp memset memchr memmove strlen strerror strcmp strncmp strchr strrchr strstr
deque: deque
exception stdexcept: exception exception_ptr current_exception rethrow_exception uncaught_exceptions
filesystem: filesystem
fstream: ifstream ofstream fstream
functional: function greater less reference_wrapper ref cref plus multiplies
future: future promise async
initializer_list string vector map: initializer_list
iomanip: setw setprecision setfill put_time
iostream: cout cerr cin endl
limits: numeric_limits
map: map multimap
memory: unique_ptr shared_ptr weak_ptr make_unique make_shared addressof
mutex: mutex lock_guard unique_lock scoped_lock once_flag call_once recursive_mutex
new: bad_alloc nothrow align_val_t
numeric: accumulate iota inner_product partial_sum reduce gcd lcm exclusive_scan
optional: optional nullopt make_optional
queue: queue priority_queue
random: mt19937 mt19937_64 random_device uniform_int_distribution uniform_real_distribution normal_distribution
set: set multiset
sstream: istringstream ostringstream stringstream
stdexcept: runtime_error logic_error invalid_argument out_of_range length_error domain_error
string: to_string stoi stod stol stoll stoul
string fstream sstream filesystem: string
string_view string: string_view
system_error filesystem charconv: error_code errc error_condition system_error generic_category system_category
thread: thread this_thread
tuple: tuple tie make_tuple
type_traits: is_same_v is_base_of_v is_integral_v is_floating_point_v is_enum_v is_arithmetic_v enable_if_t decay_t conditional_t void_t true_type false_type underlying_type_t remove_reference_t
unordered_map: unordered_map
unordered_set: unordered_set
variant: variant visit get_if holds_alternative monostate
vector: vector
'

mapfile -t sources < <(find registry core plugins apps tests bench -name '*.cpp' -o -name '*.h')

awk -v rules="$rules" '
BEGIN {
  for (i = 1; i < ARGC; ++i) exists[ARGV[i]] = 1
  count = split(rules, lines, "\n")
  for (i = 1; i <= count; ++i) {
    colon = index(lines[i], ":")
    if (colon == 0) continue
    names = split(substr(lines[i], colon + 1), listed, " ")
    for (j = 1; j <= names; ++j) headers[listed[j]] = substr(lines[i], 1, colon - 1)
  }
}

# Our header is a file from the root, from one of the folders of public headers, or beside the file.
function ours(path,    beside) {
  beside = FILENAME
  sub(/[^\/]*$/, path, beside)
  while (sub(/[^\/]+\/\.\.\//, "", beside)) continue
  if (path in exists) return path
  if (("registry/include/" path) in exists) return "registry/include/" path
  if (("core/include/" path) in exists) return "core/include/" path
  if (beside in exists) return beside
  return ""
}

function use(name, text) {
  if ((name in headers) && !((FILENAME, name) in used)) used[FILENAME, name] = FILENAME ":" FNR ": " text
}

/^[ \t]*#[ \t]*include/ {
  split($0, part, /[<">]/)
  path = ours(part[2])
  if (path != "") includes[FILENAME] = includes[FILENAME] " " path
  else own[FILENAME] = own[FILENAME] " " part[2] " "
  next
}

{
  line = $0
  if (raw) {  # inside R"( ... )"
    if (!index(line, ")\"") && !index(line, ")x\"")) next
    raw = 0
    sub(/^.*\)x?"/, "", line)
  }
  if (line ~ /R"x?\(/) {
    raw = line !~ /R"x?\(.*\)x?"/
    sub(/R"x?\(.*$/, "", line)
  }
  gsub(/\\./, "", line)
  gsub(/"[^"]*"/, "", line)
  sub(/\/\/.*/, "", line)
  rest = line
  while (match(rest, /std::[A-Za-z_0-9]+/)) {
    name = substr(rest, RSTART + 5, RLENGTH - 5)
    use(name, "std::" name)
    rest = substr(rest, RSTART + RLENGTH)
  }
  while (match(line, /[A-Za-z_0-9]+/)) {
    name = substr(line, RSTART, RLENGTH)
    use("::" name, name)
    line = substr(line, RSTART + RLENGTH)
  }
}

function reach(file,    i, n, part) {
  if (file in seen) return
  seen[file] = 1
  reached = reached own[file]
  n = split(includes[file], part, " ")
  for (i = 1; i <= n; ++i) reach(part[i])
}

END {
  for (key in used) {
    split(key, part, SUBSEP)
    split("", seen)
    reached = ""
    reach(part[1])
    good = 0
    n = split(headers[part[2]], candidate, " ")
    for (i = 1; i <= n; ++i) good += index(reached, " " candidate[i] " ") > 0
    if (good) continue
    print used[key] " without <" candidate[1] ">"
    bad = 1
  }
  exit bad
}
' "${sources[@]}" | sort
