#!/usr/bin/env bash
# From a bare Debian 12 or Ubuntu to a built, running longtail. Run it without an argument for help.
set -euo pipefail

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build_dir=${LONGTAIL_BUILD_DIR:-$source_dir/build}
work_dir=${LONGTAIL_WORK_DIR:-$source_dir/work_dirs/demo}
log_dir=$build_dir/logs
read -r -a cmake_args <<<"${LONGTAIL_CMAKE_ARGS:-}"

tools=(cmake ninja-build g++ ccache)
libraries=(libopencv-dev libboost-dev libyaml-cpp-dev libfmt-dev libabsl-dev libsimdjson-dev nlohmann-json3-dev
  libcli11-dev libfreetype-dev libjpeg-dev zlib1g-dev libgtest-dev libgmock-dev libbenchmark-dev libopenblas0-pthread
  fonts-noto-color-emoji)
libtorch=(libtorch-dev libgloo-dev)

help() {
  cat <<'TEXT'
usage: ./bootstrap.sh COMMAND

  build   install what is missing, configure, build the program and its plugins
  demo    build, draw long-tailed scenes of emoji, train the rows of configs/demo.yaml, print their table, draw what
          the model finds
  test    build everything and run all tests
  help    this text

Each command can be repeated: packages that are installed are left alone (then no network and no rights are needed)
and only what changed is built. Packages come from the distribution, as root or through sudo.

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

missing_packages() {
  local wanted=("${tools[@]}" "${libraries[@]}") package
  # Another LibTorch was given: the distribution's is not needed.
  [[ "${cmake_args[*]-}${CMAKE_PREFIX_PATH:-}" == *[Tt]orch* ]] || wanted+=("${libtorch[@]}")
  for package in "${wanted[@]}"; do
    installed "$package" || printf '%s\n' "$package"
  done
}

install_packages() {
  if ! command -v dpkg-query >/dev/null; then
    say "==> No dpkg here: packages cannot be installed. Going on with what is there; cmake names what is missing."
    return
  fi
  local missing sudo=()
  mapfile -t missing < <(missing_packages)
  if ((${#missing[@]} == 0)); then
    say "==> All packages are installed"
    return
  fi
  if ((EUID != 0)); then
    command -v sudo >/dev/null ||
      fail "packages are missing and this is neither root nor is there sudo. As root: apt-get install --no-install-recommends ${missing[*]}"
    say "    needs root to install packages: sudo may ask for your password"
    sudo -v || fail "sudo was refused. As root: apt-get install --no-install-recommends ${missing[*]}"
    sudo=(sudo)
  fi
  say "    missing: ${missing[*]}"
  step "Fetching the package lists" "seconds" "${sudo[@]}" apt-get update
  step "Installing ${#missing[@]} packages" "minutes; depends on the network" \
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
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
  build
  local longtail=$build_dir/bin/longtail scenes=$work_dir/emoji config=$source_dir/configs/demo.yaml
  local best=$work_dir/runs/demo/ce+pcb/seed0
  export LONGTAIL_EMOJI_SCENES=$scenes
  if [[ ! -f $scenes/val.json ]]; then
    say "==> Drawing the pictures: long-tailed scenes of emoji"
    rm -rf "$scenes"  # what an interrupted attempt has left
    "$longtail" data make-emoji --task instance_segmentation --out "$scenes" --size 256x256 --train 800 --val 200
  fi
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

case ${1:-help} in
  build)
    build
    say "==> Ready in $(clock $SECONDS): $build_dir/bin/longtail"
    ;;
  demo) demo ;;
  test) tests ;;
  help | -h | --help) help ;;
  *)
    help >&2
    fail "unknown command '$1'"
    ;;
esac
