#!/usr/bin/env bash
# From a bare Debian or Ubuntu to a built, running longtail. Run it without an argument for help.
set -euo pipefail

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build_dir=${LONGTAIL_BUILD_DIR:-$source_dir/build}
work_dir=${LONGTAIL_WORK_DIR:-$source_dir/work_dirs/demo}
log_dir=$build_dir/logs
read -r -a cmake_args <<<"${LONGTAIL_CMAKE_ARGS:-}"

# NAME|OTHER: the first that the release has.
tools=(cmake ninja-build make g++ ccache)  # make: what cmake takes for a plugin
libraries=(libopencv-dev libboost-dev libyaml-cpp-dev libfmt-dev libabsl-dev libsimdjson-dev nlohmann-json3-dev
  libcli11-dev "libfreetype-dev|libfreetype6-dev" "libjpeg-dev|libjpeg62-turbo-dev|libjpeg-turbo8-dev" zlib1g-dev
  libgtest-dev libgmock-dev libbenchmark-dev "libopenblas0-pthread|libopenblas0|libopenblas-base"
  fonts-noto-color-emoji)
libtorch=(libtorch-dev)
of_libtorch=(libgloo-dev)  # where the release has it, LibTorch wants it

help() {
  cat <<'TEXT'
usage: ./bootstrap.sh COMMAND

  build   install what is missing, configure, build the program and its plugins
  demo    build, draw long-tailed scenes of emoji, train the rows of configs/demo.yaml, print their table, draw what
          the model finds
  test    build everything and run all tests
  help    this text

Each command can be repeated: packages that are installed are left alone (then no network and no rights are needed)
and only what changed is built. Packages come from the distribution, as root or through sudo. What this script did not
make itself is never changed or removed.

environment:
  LONGTAIL_CMAKE_ARGS   more arguments for cmake; another LibTorch: -DCMAKE_PREFIX_PATH=/opt/libtorch
  CMAKE_PREFIX_PATH     the same for every find_package(); with a LibTorch in it libtorch-dev is not installed
  LONGTAIL_BUILD_DIR    where to build (default: build)
  LONGTAIL_WORK_DIR     where the demo keeps its pictures and runs (default: work_dirs/demo)
  LONGTAIL_JOBS         parallel compilers (default: the cores, but at most one for each 1.5 GB of memory)
TEXT
}

say() { printf '%s\n' "$*"; }

fail() {
  printf 'bootstrap: error: %s\n' "$*" >&2
  exit 1
}

clock() {  # clock SECONDS: "7 s" or "3 min 05 s"
  if (($1 < 60)); then printf '%d s' "$1"; else printf '%d min %02d s' $(($1 / 60)) $(($1 % 60)); fi
}

child=""
stop_child() {
  [[ -z $child ]] || kill "$child" 2>/dev/null || true
  child=""
}
trap stop_child EXIT
trap 'stop_child; exit 130' INT
trap 'stop_child; exit 143' TERM

# step NAME ESTIMATE COMMAND...: runs a long command with its output in a log; shows that it is alive, how long it took,
# and, when it fails, the end of the log.
step() {
  local title=$1 estimate=$2 log=$log_dir/${1//[^A-Za-z0-9]/_}.log start=$SECONDS status=0 last width
  shift 2
  mkdir -p "$log_dir"
  say "==> $title ($estimate)"
  "$@" >"$log" 2>&1 </dev/null &
  child=$!
  local seconds=0
  while kill -0 "$child" 2>/dev/null; do
    sleep 0.2
    ((SECONDS - start > seconds)) || continue
    seconds=$((SECONDS - start))
    last=$(tail -n 1 "$log" | tr -d '\r\033' | cut -c1-100)
    if [[ -t 1 ]]; then
      width=$(tput cols 2>/dev/null || echo 80)
      printf '\r\033[K%s' "$(printf '    %s  %s' "$(clock $seconds)" "$last" | cut -c1-$((width - 1)))"
    elif ((seconds % 60 == 0)); then
      say "    $(clock $seconds)  $last"
    fi
  done
  wait "$child" || status=$?
  child=""
  [[ ! -t 1 ]] || printf '\r\033[K'
  if ((status != 0)); then
    printf -- '----- the end of %s\n' "$log" >&2
    tail -n 40 "$log" >&2
    printf -- '-----\n' >&2
    fail "'$title' failed after $(clock $((SECONDS - start))) with status $status: $(reason "$log")"
  fi
  say "    done in $(clock $((SECONDS - start)))"
}

# The line of a log that most likely says why.
reason() {
  local line
  line=$(grep -m 1 -E '^E: |CMake Error|(fatal )?error: |ninja: error|Killed|No space left' "$1" || true)
  printf '%s' "${line:-see $1}"
}

installed() { [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

available() { LC_ALL=C apt-cache policy "$1" 2>/dev/null | grep '^ *Candidate: [^(]' >/dev/null; }

# Whether the build is to use, or already uses, another LibTorch than the distribution's.
other_libtorch() {
  local told="${cmake_args[*]-} ${CMAKE_PREFIX_PATH:-} ${Torch_DIR:-}" folders folder
  [[ $told != *[Tt]orch* ]] || return 0
  IFS=' :;=' read -r -a folders <<<"$told"
  for folder in "${folders[@]}"; do
    [[ ! -e $folder/share/cmake/Torch/TorchConfig.cmake && ! -e $folder/lib/cmake/Torch/TorchConfig.cmake ]] || return 0
  done
  folder=$(sed -n 's/^Torch_DIR:PATH=//p' "$build_dir/CMakeCache.txt" 2>/dev/null || true)
  [[ -n $folder && $folder != /usr/* && -e $folder/TorchConfig.cmake ]]
}

missing_packages() {  # the entries of which no name is installed
  local wanted=("${tools[@]}" "${libraries[@]}") entry name names
  other_libtorch || wanted+=("${libtorch[@]}")
  for name in "${of_libtorch[@]}"; do
    other_libtorch || ! available "$name" || wanted+=("$name")
  done
  for entry in "${wanted[@]}"; do
    IFS='|' read -r -a names <<<"$entry"
    for name in "${names[@]}"; do
      ! installed "$name" || continue 2
    done
    printf '%s\n' "$entry"
  done
}

no_libtorch() {
  fail "this release has no package of LibTorch (libtorch-dev; on Ubuntu it is in the component 'universe'). Nothing was
installed. PyTorch of pip is a LibTorch, too:
    python3 -m venv torch && torch/bin/pip install torch
    export CMAKE_PREFIX_PATH=\$(torch/bin/python3 -c 'import torch; print(torch.utils.cmake_prefix_path)')
    ./bootstrap.sh $command
README.md says at 'Another LibTorch' what some versions want besides."
}

# Puts into `chosen` for each entry the name that this release has.
choose_packages() {  # choose_packages ENTRY...
  local entry name names unknown=()
  chosen=()
  for entry in "$@"; do
    IFS='|' read -r -a names <<<"$entry"
    for name in "${names[@]}"; do
      available "$name" || continue
      chosen+=("$name")
      continue 2
    done
    [[ $entry != libtorch-dev ]] || no_libtorch
    unknown+=("${entry//|/ or }")
  done
  ((${#unknown[@]} == 0)) ||
    fail "this release has no package $(printf "'%s' " "${unknown[@]}"). Nothing was installed. Build these by hand, name
their place in CMAKE_PREFIX_PATH, and install the rest: apt-get install --no-install-recommends ${chosen[*]}"
}

install_packages() {
  if ! command -v dpkg-query >/dev/null; then
    say "==> No dpkg here: packages cannot be installed. Going on with what is there; cmake names what is missing."
    return
  fi
  local missing chosen sudo=()
  mapfile -t missing < <(missing_packages)
  if ((${#missing[@]} == 0)); then
    say "==> All packages are installed"
    return
  fi
  # The lists of packages may be there already: no rights are needed to say this.
  [[ " ${missing[*]} " != *" libtorch-dev "* ]] || ! available g++ || available libtorch-dev || no_libtorch
  if ((EUID != 0)); then
    local by_hand="As root: apt-get install --no-install-recommends ${missing[*]%%|*}"
    command -v sudo >/dev/null || fail "packages are missing and this is neither root nor is there sudo. $by_hand"
    say "    needs root to install packages: sudo may ask for your password"
    sudo -v || fail "sudo was refused. $by_hand"
    sudo=(sudo)
  fi
  say "    missing: ${missing[*]%%|*}"
  step "Fetching the package lists" "seconds" "${sudo[@]}" apt-get update
  mapfile -t missing < <(missing_packages)  # the lists may name more
  choose_packages "${missing[@]}"
  step "Installing ${#chosen[@]} packages" "minutes; depends on the network" \
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${chosen[@]}"
}

# A compiler that includes LibTorch takes up to 1.5 GB; in a container the limit may lie below the machine's memory.
job_count() {
  [[ -z ${LONGTAIL_JOBS:-} ]] || { printf '%s' "$LONGTAIL_JOBS" && return; }
  local cores memory_kb limit
  cores=$(nproc)
  memory_kb=$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo)
  limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || echo max)
  if [[ $limit != max ]] && ((limit / 1024 < memory_kb)); then memory_kb=$((limit / 1024)); fi
  local by_memory=$((memory_kb / 1572864))
  ((by_memory >= 1)) || by_memory=1
  printf '%d' $((cores < by_memory ? cores : by_memory))
}

# own FOLDER NAME ADVICE: whether FOLDER/NAME is there or not, it is this script's to write: a list in the folder tells
# what it has made there. Refuses what somebody else has made.
own() {
  local list=$1/.made-by-bootstrap
  if ! grep -qxF -- "$2" "$list" 2>/dev/null; then
    [[ ! -e $1/$2 && ! -L $1/$2 ]] ||
      fail "$1/$2 is there and was not made by this script; it is left as it is. Move it away, or $3"
    { mkdir -p "$1" && printf '%s\n' "$2" >>"$list"; } || fail "$1: cannot be written; $3"
  fi
}

# A build fills its folder with files of many names: a folder with other things in it is not taken.
check_build_dir() {
  local mark=$build_dir/.made-by-bootstrap
  if [[ -e $mark ]] || grep -qsx 'CMAKE_PROJECT_NAME:STATIC=longtail' "$build_dir/CMakeCache.txt"; then return; fi
  [[ ! -e $build_dir ]] || [[ -d $build_dir && -z $(ls -A "$build_dir") ]] ||
    fail "$build_dir is not empty and no build folder of longtail; name another one in LONGTAIL_BUILD_DIR"
  mkdir -p "$build_dir" && : >"$mark" || fail "$build_dir: cannot be written; name another one in LONGTAIL_BUILD_DIR"
}

configure() {
  step "Configuring" "seconds" \
    cmake -S "$source_dir" -B "$build_dir" -G Ninja -DCMAKE_BUILD_TYPE=Release "${cmake_args[@]}"
}

compile() {  # compile WHAT TARGET
  local count
  count=$(job_count)
  step "Building $1 with $count compiler(s) at a time" "minutes the first time, seconds after a small change" \
    ninja -C "$build_dir" -j "$count" "$2"
}

build() {
  install_packages
  configure
  compile "longtail and its plugins" product
}

demo() {
  local name elsewhere="name another folder in LONGTAIL_WORK_DIR"
  for name in emoji runs pictures report.html; do own "$work_dir" "$name" "$elsewhere"; done
  build
  local longtail=$build_dir/bin/longtail scenes=$work_dir/emoji config=$source_dir/configs/demo.yaml
  local best=$work_dir/runs/demo/ce+pcb/seed0
  export LONGTAIL_EMOJI_SCENES=$scenes
  if [[ ! -e $scenes ]]; then
    say "==> Drawing the pictures: long-tailed scenes of emoji"
    "$longtail" data make-emoji --task instance_segmentation --out "$scenes" --size 256x256 --train 800 --val 200
  fi
  # They come into being as a whole: what lacks a part was changed by somebody.
  [[ -f $scenes/train.json && -f $scenes/val.json ]] ||
    fail "$scenes has no train.json or no val.json; it is left as it is. Move it away, or $elsewhere"
  say "==> Training the rows of configs/demo.yaml (about 8 minutes on 2 cores)"
  "$longtail" matrix "$config" --work-dir "$work_dir/runs"
  say "==> Applying the model of CE+PCB to pictures that it has not seen"
  "$longtail" predict "$best/config.yaml" --weights "$best" --out "$work_dir/pictures" --min-score 0.5 \
    "$scenes"/images/val/00000[1-9].jpg
  "$longtail" report "$work_dir/runs" --out "$work_dir/report.html"
  say "==> The demo took $(clock $SECONDS) in all."
  say "    runs and table   $work_dir/runs"
  say "    pictures         $work_dir/pictures"
  say "    report           $work_dir/report.html"
}

tests() {
  install_packages
  configure
  compile "everything" all
  say "==> Running the tests"
  export GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-3000}  # several tests share the cores; the program sets it for itself too
  local start=$SECONDS status=0
  (cd "$build_dir" && ctest --output-on-failure -j2) || status=$?
  ((status == 0)) || fail "tests failed (ctest ended with $status; above it says which and why)"
  say "==> All tests passed in $(clock $((SECONDS - start))); $(clock $SECONDS) in all"
}

command=${1:-help}
case $command in
  build | demo | test) check_build_dir ;;
esac
case $command in
  build)
    build
    say "==> Ready in $(clock $SECONDS): $build_dir/bin/longtail"
    ;;
  demo) demo ;;
  test) tests ;;
  help | -h | --help) help ;;
  *)
    help >&2
    fail "unknown command '$command'"
    ;;
esac
