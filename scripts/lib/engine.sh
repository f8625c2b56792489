# shellcheck shell=bash
# A Docker engine that answers, and a client that can build with BuildKit. To be sourced,
# after common.sh.
#
#   ensure_engine     sets DOCKER to the client; installs and starts an engine where there is none
#   docker_cli ARGS   runs that client

# Where an engine that we start keeps its log and its process id.
ENGINE_LOG=${WAIIDE_ENGINE_LOG:-/var/log/dockerd-waiide.log}
ENGINE_PID_FILE=/var/run/docker.pid

docker_cli() { DOCKER_BUILDKIT=1 "$DOCKER" "$@"; }

# Clients before 23 have BuildKit built in; later ones need the buildx plugin.
client_has_buildkit() {
  local major
  "$1" buildx version >/dev/null 2>&1 && return 0
  major=$("$1" --version 2>/dev/null | sed -n 's/^Docker version \([0-9]*\)\..*/\1/p')
  [[ -n $major && $major -lt 23 ]]
}

# Sets DOCKER to the first client that can build: the one on PATH, else Debian's.
find_client() {
  local candidate
  for candidate in "$(command -v docker || true)" /usr/bin/docker; do
    if [[ -x $candidate ]] && client_has_buildkit "$candidate"; then
      DOCKER=$candidate
      return 0
    fi
  done
  return 1
}

engine_answers() { "$DOCKER" info >/dev/null 2>&1; }

is_root_on_debian() { is_root && have apt-get; }

install_engine() {
  is_root_on_debian || die "no Docker engine with BuildKit here: install one" \
    "(on Debian, as root: apt-get install docker.io iptables), or run this as root on Debian"
  ensure_packages docker.io iptables
  hash -r
}

# Starts dockerd in a session of its own, so that it outlives this script and its terminal.
start_engine() {
  is_root || die "the Docker engine does not answer, and only root can" \
    "start it: start it, or add yourself to the group docker"
  say "starting dockerd (log: $ENGINE_LOG)"
  setsid dockerd >"$ENGINE_LOG" 2>&1 </dev/null &
  local waited
  for waited in {1..60}; do
    engine_answers && return 0
    sleep 1
  done
  tail -n 20 "$ENGINE_LOG" >&2
  die "dockerd does not answer after $waited s; its log is $ENGINE_LOG"
}

ensure_engine() {
  find_client || install_engine
  find_client || die "the docker client at hand has no BuildKit: install the buildx plugin"
  engine_answers && return 0
  have dockerd || install_engine
  start_engine
  say "the Docker engine answers, process $(cat "$ENGINE_PID_FILE" 2>/dev/null || echo '?')"
}
