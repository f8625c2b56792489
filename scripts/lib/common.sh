# Shared by the scripts one folder up: where things are, how progress is shown,
# how Debian packages are had. To be sourced; bash only.
# shellcheck shell=bash

REPO_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
CACHE_DIR=${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/waiide-init
DATA_DIR=${XDG_DATA_HOME:-$HOME/.local/share}/waiide-init

# Everything said to the person goes to stderr: stdout is for results.
say() { printf '==> %s\n' "$*" >&2; }
warn() { printf 'warning: %s\n' "$*" >&2; }
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

is_root() { [[ $(id -u) -eq 0 ]]; }
have() { command -v "$1" >/dev/null 2>&1; }

# Prints the comment block at the head of the calling script: its help text.
print_help() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"; }

# Ticks on stderr until its standard input ends: every second on a terminal, else every 15 s.
# Ending with the pipe, it needs no killing, however the script ends.
show_ticks() {
  local started=$SECONDS every=15 format='    … %d s\n' status
  [[ -t 2 ]] && every=1 format='\r    … %d s '
  while true; do
    status=0
    read -r -t "$every" _ || status=$?
    ((status > 128)) || break
    # shellcheck disable=SC2059 # the format is one of the two above
    printf "$format" $((SECONDS - started)) >&2
  done
  if [[ -t 2 ]]; then printf '\r\033[K' >&2; fi
}

# with_progress LABEL COMMAND…: runs COMMAND with its output kept back, says how long it
# takes, and shows the end of the output when it fails. Returns COMMAND's status.
with_progress() {
  local label=$1 log tick status=0 started=$SECONDS
  shift
  log=$(mktemp)
  say "$label"
  exec {tick}> >(show_ticks)
  (
    exec {tick}>&-
    "$@"
  ) >"$log" 2>&1 || status=$?
  exec {tick}>&-
  wait $! 2>/dev/null || true
  if ((status == 0)); then
    printf '    done in %d s\n' $((SECONDS - started)) >&2
  else
    printf '    failed (%d) after %d s; the last lines:\n' "$status" $((SECONDS - started)) >&2
    tail -n 30 "$log" | sed 's/^/    | /' >&2
  fi
  rm -f "$log"
  return "$status"
}

# missing_packages NAME…: those of the Debian packages that are not installed.
missing_packages() {
  local name
  for name in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || printf '%s\n' "$name"
  done
}

apt_install() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get -o DPkg::Lock::Timeout=600 update -qq &&
    apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends "$@"
}

# ensure_packages NAME…: installs what is missing when root; otherwise, and on a machine
# without apt, says what to install and returns 1.
ensure_packages() {
  have dpkg-query || { warn "not a Debian system; it needs what these packages hold: $*"; return 1; }
  local missing
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  if is_root; then
    with_progress "installing Debian packages: ${missing[*]}" apt_install "${missing[@]}"
  else
    warn "missing Debian packages; as root: apt-get install ${missing[*]}"
    return 1
  fi
}
