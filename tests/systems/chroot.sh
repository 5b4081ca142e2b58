#!/usr/bin/env bash
# Builds and tests longtail on another release of Debian or Ubuntu, in a chroot of its own. Run it without an argument
# for help.
set -euo pipefail

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
chroots=${LONGTAIL_CHROOTS:-/var/tmp/longtail-chroots}
marker=.made-by-longtail-chroot  # only a folder with this file is ever changed or removed

help() {
  cat <<'TEXT'
usage: tests/systems/chroot.sh [--keep] RELEASE [build|demo|test]

  RELEASE   bookworm, trixie, noble ...: what debootstrap knows (Debian 12 is bookworm, Debian 13 is trixie)
  build, demo, test   what ./bootstrap.sh is to do in there (default: test)
  --keep    leave the chroot behind also when all went well; the next call goes on in it

Makes a bare system of the release with debootstrap, copies the last commit of this checkout into it, and runs
./bootstrap.sh there, as root and without anything else of this machine. After a failure the chroot stays, and the next
call goes on in it. Wants root and the package debootstrap.

environment:
  LONGTAIL_CHROOTS      where the chroots are made (default: /var/tmp/longtail-chroots; 6 GB a release)
  LONGTAIL_MIRROR       where debootstrap gets the packages (default: what apt uses on this machine)
  LONGTAIL_COMPONENTS   of the archive (default: main; Ubuntu: main,universe)
  LONGTAIL_CMAKE_ARGS, LONGTAIL_JOBS, CMAKE_PREFIX_PATH   as for bootstrap.sh
TEXT
}

say() { printf '%s\n' "$*"; }

fail() {
  printf 'chroot.sh: error: %s\n' "$*" >&2
  exit 1
}

# The mirror that apt takes packages of this machine's own distribution from: the first with a suite named after it.
mirror_of_apt() {
  local suite
  suite=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
  [[ -n $suite ]] || return 0
  apt-get indextargets --format '$(SITE) $(RELEASE) $(CODENAME)' 2>/dev/null |
    awk -v suite="$suite" '$2 == suite || $3 == suite {print $1; exit}' || true
}

# Whether a folder was made by this script.
ours() { [[ -f $1/$marker && ! -L $1 ]]; }

refuse_foreign() {
  [[ ! -e $1 && ! -L $1 ]] || ours "$1" ||
    fail "$1: is there and was not made by this script; move it away, or name another folder in LONGTAIL_CHROOTS"
}

remove() {  # remove FOLDER: one of ours, on which nothing is mounted
  ours "$1" || fail "$1: was not made by this script; it is left alone"
  ! grep -qF " $1/" /proc/self/mountinfo || fail "$1: something is mounted in it; unmount that first"
  rm -rf --one-file-system "$1"
}

make_chroot() {
  local mirror=${LONGTAIL_MIRROR:-$(mirror_of_apt)} partial=$root.partial components=${LONGTAIL_COMPONENTS:-main}
  refuse_foreign "$root"
  refuse_foreign "$partial"
  if ours "$root"; then
    say "==> Going on in $root"
    return
  fi
  [[ -n $mirror ]] || fail "apt names no mirror here: give one in LONGTAIL_MIRROR"
  [[ ! -e $partial ]] || remove "$partial"  # what an interrupted call has left
  mkdir -p "$partial"
  : >"$partial/$marker"
  say "==> Making a bare $release in $root"
  debootstrap --variant=minbase --components="$components" "$release" "$partial" "$mirror" >"$partial.log" 2>&1 || {
    tail -n 20 "$partial.log" >&2
    fail "debootstrap failed; all it said is in $partial.log"
  }
  rm -f "$partial.log"
  mv -T "$partial" "$root"
}

# The last commit, as a fresh clone has it; what an earlier call has built stays.
copy_checkout() {
  local commit
  commit=$(git -C "$source_dir" rev-parse --short HEAD) || fail "$source_dir: is no git checkout"
  [[ -z $(git -C "$source_dir" status --porcelain --untracked-files=no) ]] ||
    say "    changes that are not committed are not copied"
  say "==> Copying commit $commit"
  mkdir -p "$root/longtail"
  # What an earlier commit had and this one has not goes, but for the build folder.
  find "$root/longtail" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf --one-file-system {} +
  git -C "$source_dir" archive HEAD | tar -x -C "$root/longtail"
}

# Runs in a mount namespace of its own: what is mounted goes with the last process, whatever ends it.
run_inside() {
  mount --make-rprivate /
  mount --rbind /dev "$root/dev"
  mount -t proc proc "$root/proc"
  mount -t tmpfs tmpfs "$root/tmp"
  [[ ! -e /etc/resolv.conf ]] || cat /etc/resolv.conf >"$root/etc/resolv.conf"
  local kept=() name
  for name in LONGTAIL_CMAKE_ARGS LONGTAIL_JOBS CMAKE_PREFIX_PATH http_proxy https_proxy no_proxy; do
    [[ -z ${!name:-} ]] || kept+=("$name=${!name}")
  done
  exec chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "${kept[@]}" \
    /longtail/bootstrap.sh "$command"
}

keep=no
if [[ ${1:-} == --keep ]]; then
  keep=yes
  shift
fi
release=${1:-} command=${2:-test}
root=$(realpath -m -- "$chroots")/$release
case $release in
  "" | -h | --help | help)
    help
    exit
    ;;
  inside)  # called by itself, below
    root=$2 command=$3
    run_inside
    ;;
  *[!a-z0-9]*) fail "'$release' is no name of a release, such as trixie" ;;
esac
case $command in
  build | demo | test) ;;
  *) fail "unknown command '$command': build, demo or test" ;;
esac
((EUID == 0)) || fail "a chroot wants root: call it with sudo"
for tool in debootstrap git unshare; do
  command -v "$tool" >/dev/null || fail "'$tool' is missing: apt-get install debootstrap git util-linux"
done
mkdir -p "$(dirname "$root")"
make_chroot
copy_checkout
start=$SECONDS
unshare --mount --pid --fork --kill-child "$0" inside "$root" "$command" ||
  fail "$release: bootstrap.sh $command failed; the chroot is kept: $root"
say "==> $release: bootstrap.sh $command went well, $((SECONDS - start)) s"
if [[ $keep == no ]]; then
  remove "$root"
  say "    the chroot is removed (--keep keeps it)"
fi
