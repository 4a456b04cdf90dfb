# Shared by the scripts: saying what is done, installing, building.
# To be sourced with the repository's root as the current directory.

set -euo pipefail

root=$PWD
build=$root/build/release

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
else
  bold='' dim='' green='' red='' plain=''
fi

say() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
note() { printf '%s%s%s\n' "$dim" "$*" "$plain"; }
good() { printf '%s%s%s\n' "$green" "$*" "$plain"; }
die() {
  printf '%s%s%s\n' "$red" "$*" "$plain" >&2
  exit 1
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "packages have to be installed: run this as root, or install sudo"
  fi
}

missing_packages() {
  local name
  for name in "$@"; do
    dpkg-query -W -f '${Status}' "$name" 2>/dev/null |
      grep -q 'install ok installed' || echo "$name"
  done
}

# install_packages NAME...: nothing happens when all are there.
install_packages() {
  command -v dpkg-query >/dev/null ||
    die "this script installs Debian packages; elsewhere see README.md for what is needed"
  local missing
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  note "installing $(wc -w <<<"$missing") packages: $(tr '\n' ' ' <<<"$missing")"
  mkdir -p "$root/build"
  local log=$root/build/apt.log
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >"$log" 2>&1 &&
    # shellcheck disable=SC2086 # one word a package
    as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends $missing >>"$log" 2>&1 ||
    { tail -n 20 "$log" >&2; die "apt-get failed; all it said is in $log"; }
}

build_packages() {
  grep -v '^#' "$root/scripts/lib/packages.txt" | tr '\n' ' '
}

# build_preset PRESET [TARGET...]: configures and builds, with one line of
# progress; what the compiler says goes to build/PRESET.log.
build_preset() {
  local preset=$1 log=$root/build/$1.log
  shift
  mkdir -p "$root/build"
  cmake --preset "$preset" ${LEPTON_CMAKE_ARGS:-} >"$log" 2>&1 ||
    { tail -n 30 "$log" >&2; die "cmake failed; all it said is in $log"; }
  local status=0
  if [ -t 1 ]; then
    NINJA_STATUS='%f of %t ' ninja -C "build/$preset" "$@" 2>&1 | tee -a "$log" |
      while IFS= read -r line; do
        printf '\r\e[K%s%.70s%s' "$dim" "$line" "$plain"
      done || status=$?
    printf '\r\e[K'
  else
    ninja -C "build/$preset" "$@" >>"$log" 2>&1 || status=$?
  fi
  [ "$status" -eq 0 ] ||
    { grep -E 'error|FAILED' "$log" | tail -n 30 >&2; die "the build failed; all it said is in $log"; }
}
