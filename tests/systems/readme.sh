#!/usr/bin/env bash
# Runs the commands of README.md as they are printed, with its configurations and its plugin, in a folder of its own.
#
#   tests/systems/readme.sh BUILD [CXX]
#
# What needs data that a program cannot make (LVIS, CIFAR, weights of others) is run as printed without them, and has to
# end with exit code 4, which says that all but the data was understood; then once more with small data and a small
# configuration of the same name.
set -euo pipefail

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$(cd "$1" && pwd)
export CXX=${2:-c++} OMP_NUM_THREADS=1 PATH=$build/bin:$PATH LONGTAIL_PLUGIN_PATH=
readme=$source_dir/README.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
ln -s "$build" build
ln -s "$source_dir"/{bootstrap.sh,configs} .

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

block() {  # block LANGUAGE NUMBER: what stands in the so-manieth block of a language
  awk -v language="$1" -v wanted="$2" '
    /^```/ { inside = !inside && $0 == "```" language && ++number == wanted; open = !open; if (!open) inside = 0; next }
    inside' "$readme"
}

count() { grep -c "^\`\`\`$1\$" "$readme"; }

commands() { block sh "$1" | sed -e ':a' -e '/\\$/{N;s/\\\n *//;ba' -e '}' -e 's/  *#.*//'; }

# run EXPECTED COMMAND: runs a command as printed.
run() {
  local code=0
  eval "$2" >said 2>&1 </dev/null || code=$?
  ((code == $1)) || fail "README.md: '$2' ended with $code instead of $1: $(tail -n 15 said)"
}

each_command() {  # each_command BLOCK FUNCTION
  local line
  while IFS= read -r line; do
    [[ -z $line ]] || "$2" "$line"
  done < <(commands "$1")
}

known_to_bootstrap() {
  local word=${1#./bootstrap.sh }
  ./bootstrap.sh help | grep -q "^  $word " || fail "README.md: bootstrap.sh has no command '$word'"
}

write_plugin() {
  run 0 "$1"
  [[ $1 != "longtail new "* ]] || block cpp 1 >focal/focal.cpp
}

without_data() {
  case $1 in
    export*) eval "$1" ;;
    *"config show"* | *"config diff"* | *--dry-run*) run 0 "$1" ;;
    *) run 4 "$1" ;;
  esac
}

with_small_data() {
  case $1 in
    export* | *"config show"* | *"config diff"*) ;;  # done above
    *) run 0 "$1" ;;
  esac
}

small_data() {
  run 0 "longtail data make-emoji --task instance_segmentation --out scenes --classes 10 --size 64x64 --train 16 --val 8 \
    --val-floor 1 --objects 1 3"
  run 0 "longtail data make-emoji --task classification --out pictures --classes 5 --size 16 --max-count 40 --imbalance 8 \
    --test-count 6"
  export LONGTAIL_QUICK_SCENES=$work/scenes LONGTAIL_QUICK=$work/pictures
  mkdir photos
  cp scenes/images/val/* photos
  cp scenes/images/val/000001.jpg more.jpg
  cp scenes/train.json scenes/val.json .
  # The pictures of val go on counting where those of train end.
  echo '[{"image_id": 17, "category_id": 1, "bbox": [4, 4, 20, 20], "score": 0.9}]' | tee found.json >found_by_someone.json
}

(($(count sh) == 5 && $(count yaml) == 4 && $(count cpp) == 1)) ||
  fail "README.md: its blocks are not those that this script knows; teach it the new ones"
block yaml 1 >mine.yaml
{ echo 'extends: [quick/instances]' && block yaml 2; } >more.yaml
block yaml 3 >own.yaml
block yaml 4 >sweep.yaml

each_command 1 known_to_bootstrap
each_command 2 write_plugin
each_command 3 without_data
run 0 "longtail config show more.yaml"
run 0 "longtail config show own.yaml"
each_command 4 without_data
each_command 5 without_data

small_data
echo 'extends: [quick/instances]' >mine.yaml
sed -i 's/^extends: .*/extends: [quick\/pcb]/' sweep.yaml
each_command 3 with_small_data
each_command 5 with_small_data
echo "all commands of README.md work as printed"
