#!/usr/bin/env bash
# bootstrap.sh with pretend tools in place of apt, cmake, ninja and longtail: what it removes, refuses and installs.
#
#   tests/systems/bootstrap_test.sh [BOOTSTRAP]     a file like bootstrap.sh; this checkout's without one
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bootstrap=${1:-$here/../../bootstrap.sh}
all=$(mktemp -d)
trap 'rm -rf "$all"' EXIT
failures=0

# The packages of a release that has all of the first names that bootstrap.sh lists.
(
  eval "$(sed -n '/^tools=(/,/^libtorch=(/p' "$bootstrap")"
  # shellcheck disable=SC2154  # they come from bootstrap.sh
  printf '%s\n' "${tools[@]}" "${libraries[@]}" "${libtorch[@]}" libgloo-dev | sed 's/|.*//' | sort -u
) >"$all/packages"

# A machine of its own for each case: $root has a checkout, a work folder, and `has` and `installed`, lists of packages.
machine() {
  name=$1
  root=$all/$name
  mkdir -p "$root"/{bin,checkout/configs,lists}
  cp "$bootstrap" "$root/checkout/bootstrap.sh"
  cp "$all/packages" "$root/lists/has"
  cp "$root/lists/has" "$root/lists/installed"
  tool dpkg-query 'grep -qx "${@: -1}" "$root/lists/installed" && printf installed'
  tool apt-cache 'if grep -qx "$2" "$root/lists/has"; then echo "  Candidate: 1.0"; else echo "  Candidate: (none)"; fi'
  tool apt-get 'echo "$@" >>"$root/apt-get"
    [[ $1 != install ]] || for name; do ! grep -qx "$name" "$root/lists/has" || echo "$name" >>"$root/lists/installed"; done'
  tool sudo '[[ $1 == -v ]] || exec "$@"'
  tool cmake 'build=$(sed "s/.* -B \([^ ]*\).*/\1/" <<<"$*"); mkdir -p "$build/bin"; cp "$root/bin/longtail" "$build/bin"'
  tool ninja 'exit 0'
  tool ctest 'exit 0'
  tool longtail 'echo "$@" >>"$root/longtail"
    case "$1 $2" in
      "data make-emoji") out=$(sed "s/.*--out \([^ ]*\).*/\1/" <<<"$*"); mkdir -p "$out/images/val"
        touch "$out"/{train.json,val.json,about.txt} ;;
      predict*) mkdir -p "$LONGTAIL_WORK_DIR/pictures"; touch "$LONGTAIL_WORK_DIR/pictures/000001.jpg" ;;
      report*) touch "$LONGTAIL_WORK_DIR/report.html" ;;
    esac'
}

tool() { printf '#!/bin/bash\nroot=%q\n%s\n' "$root" "$2" >"$root/bin/$1" && chmod +x "$root/bin/$1"; }

# run COMMAND [NAME=VALUE...]: its exit code is in `code`, what it said in `said`.
run() {
  local command=$1
  shift
  code=0
  said=$(env -u LONGTAIL_BUILD_DIR -u LONGTAIL_CMAKE_ARGS -u CMAKE_PREFIX_PATH -u Torch_DIR PATH="$root/bin:$PATH" \
    LONGTAIL_WORK_DIR="$root/work" LONGTAIL_JOBS=1 "$@" bash "$root/checkout/bootstrap.sh" "$command" 2>&1) || code=$?
}

expect() {  # expect WHAT CONDITION...
  local what=$1
  shift
  "$@" || {
    printf '%s: %s\n  it said: %s\n' "$name" "$what" "$said"
    failures=$((failures + 1))
  }
}

says() { grep -qF -- "$1" <<<"$said"; }
not() { ! "$@"; }
called() { grep -qsF -- "$1" "$root/$2"; }
equal() { [[ $1 == "$2" ]]; }

# Every place that the demo writes to may hold something of the user's own.
for theirs in emoji/precious.txt emoji/val.json emoji/images/val/000001.jpg pictures/000001.jpg report.html runs/notes.txt; do
  machine "keeps_$(tr / _ <<<"$theirs")"
  mkdir -p "$root/work/$(dirname "$theirs")"
  echo precious >"$root/work/$theirs"
  run demo
  expect "ends with an error" not equal "$code" 0
  expect "keeps the file" equal "$(cat "$root/work/$theirs" 2>/dev/null)" precious
  expect "names the place" says "$root/work/${theirs%%/*} is there"
  expect "says what to do" says LONGTAIL_WORK_DIR
  expect "does not begin" not called train longtail
done

machine keeps_a_dangling_link
mkdir -p "$root/work"
ln -s nowhere "$root/work/emoji"
run demo
expect "ends with an error" not equal "$code" 0
expect "keeps the link" test -L "$root/work/emoji"

machine demo_can_be_repeated
run demo
expect "works" equal "$code" 0
run demo
expect "works again" equal "$code" 0
expect "draws once" equal "$(grep -cs make-emoji "$root/longtail")" 1
rm -f "$root/work/emoji/val.json"
mkdir -p "$root/work/emoji"
echo mine >"$root/work/emoji/mine.txt"
run demo
expect "does not take a changed set" not equal "$code" 0
expect "keeps a changed set" test -e "$root/work/emoji/mine.txt"

machine demo_goes_on_after_a_kill
mv "$root/bin/longtail" "$root/bin/whole"
tool longtail 'kill -9 $$'
run demo
expect "fails" not equal "$code" 0
mv "$root/bin/whole" "$root/bin/longtail"
run demo
expect "works" equal "$code" 0

machine keeps_a_strange_build_folder
mkdir -p "$root/mine/logs"
echo precious >"$root/mine/logs/Configuring.log"
run build LONGTAIL_BUILD_DIR="$root/mine"
expect "ends with an error" not equal "$code" 0
expect "keeps the file" equal "$(cat "$root/mine/logs/Configuring.log")" precious
expect "says what to do" says LONGTAIL_BUILD_DIR

machine takes_a_build_folder_of_cmake
mkdir -p "$root/mine"
echo CMAKE_PROJECT_NAME:STATIC=longtail >"$root/mine/CMakeCache.txt"
run build LONGTAIL_BUILD_DIR="$root/mine"
expect "works" equal "$code" 0

machine installs_what_is_missing
grep -vx 'g++' "$root/lists/has" >"$root/lists/installed"
run build
expect "works" equal "$code" 0
expect "installs it alone" called "install -y --no-install-recommends g++" apt-get

machine needs_no_network_when_all_is_there
run build
expect "works" equal "$code" 0
expect "does not call apt-get" not called update apt-get

machine says_what_to_do_without_libtorch
sed -i '/libtorch-dev/d; /libgloo-dev/d' "$root/lists/has"
: >"$root/lists/installed"
run test
expect "ends with an error" not equal "$code" 0
expect "names the way" says "pip install torch"
expect "names the variable" says "CMAKE_PREFIX_PATH="
expect "names the command to repeat" says "./bootstrap.sh test"
expect "installs nothing" not called install apt-get

machine needs_no_libtorch_beside_another
sed -i '/libtorch-dev/d; /libgloo-dev/d' "$root/lists/has"
cp "$root/lists/has" "$root/lists/installed"
mkdir -p "$root/pt/share/cmake/Torch"
touch "$root/pt/share/cmake/Torch/TorchConfig.cmake"
run build CMAKE_PREFIX_PATH="/nowhere:$root/pt"
expect "works with CMAKE_PREFIX_PATH" equal "$code" 0
run build LONGTAIL_CMAKE_ARGS="-DCMAKE_PREFIX_PATH=$root/pt"
expect "works with LONGTAIL_CMAKE_ARGS" equal "$code" 0
echo "Torch_DIR:PATH=$root/pt/share/cmake/Torch" >"$root/checkout/build/CMakeCache.txt"
run build
expect "works with the build folder's" equal "$code" 0

machine tries_names_in_turn
sed -i 's/libopenblas0-pthread/libopenblas0/; s/^libjpeg-dev/libjpeg-turbo8-dev/; /libgloo-dev/d' "$root/lists/has"
: >"$root/lists/installed"
run build
expect "works" equal "$code" 0
expect "takes the other names" called libopenblas0 apt-get
expect "takes the other names" called libjpeg-turbo8-dev apt-get
expect "leaves out what LibTorch does not come with" not called libgloo-dev apt-get

machine names_what_a_release_lacks
sed -i '/libcli11-dev/d' "$root/lists/has"
: >"$root/lists/installed"
run build
expect "ends with an error" not equal "$code" 0
expect "names it" says "no package 'libcli11-dev'"
expect "installs nothing" not called install apt-get

# The script that makes chroots removes its own alone, too.
machine keeps_a_strange_chroot
mkdir -p "$root/chroots/trixie"
echo precious >"$root/chroots/trixie/mine.txt"
tool debootstrap 'echo "$@" >>"$root/debootstrap"; exit 1'
code=0
said=$(PATH="$root/bin:$PATH" LONGTAIL_CHROOTS="$root/chroots" LONGTAIL_MIRROR=nowhere "$here/chroot.sh" trixie 2>&1) || code=$?
expect "ends with an error" not equal "$code" 0
expect "keeps the file" test -e "$root/chroots/trixie/mine.txt"
expect "makes nothing" not called trixie debootstrap

((failures == 0)) || {
  printf '%d expectations failed\n' "$failures"
  exit 1
}
