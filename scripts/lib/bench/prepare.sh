# Brings together what the benchmarks run. To be sourced, after common.sh.
# shellcheck shell=bash

BENCH_SOURCES=$REPO_DIR/scripts/lib/bench
HORUST_VERSION=0.1.14

# compile_helpers FOLDER NAME…: static, so that the programs' own start is short and the same
# under every PID 1.
compile_helpers() {
  local folder=$1 name
  shift
  for name in "$@"; do
    cc -O2 -static -Wall -Wextra -o "$folder/$name" "$BENCH_SOURCES/$name.c" ||
      die "the benchmark's own programs do not compile"
  done
}

# prepare FOLDER: what every benchmark needs; sets BINARY.
prepare() {
  have python3 || ensure_packages python3 || die "python3 is needed"
  have cc || ensure_packages gcc libc6-dev || die "a C compiler is needed"
  mkdir -p "$1/bin" "$1/run"
  [[ -n ${BINARY:-} ]] || BINARY=$("$REPO_DIR/scripts/build") || die "there is nothing to measure"
}

PACKAGES=(tini dumb-init s6 runit supervisor)

# ensure_peers FOLDER: one that can't be had must not keep the others away.
ensure_peers() {
  local package
  ensure_packages "${PACKAGES[@]}" || for package in "${PACKAGES[@]}"; do
    ensure_packages "$package" || warn "$package can't be had"
  done
  [[ -x $1/horust/bin/horust ]] || install_horust "$1" || warn "Horust can't be had"
  ensure_circus "$1/circus" || warn "circus can't be had"
}

# ensure_circus FOLDER
ensure_circus() {
  [[ $(cat "$1/version" 2>/dev/null) != "$CIRCUS_VERSION" ]] || return 0
  python3 -c 'import ensurepip' 2>/dev/null || ensure_packages python3-venv || return 1
  with_progress "getting circus $CIRCUS_VERSION" install_circus "$1"
}

install_circus() {
  rm -rf "$1" && python3 -m venv "$1" &&
    "$1/bin/pip" install --disable-pip-version-check "circus==$CIRCUS_VERSION" &&
    printf '%s\n' "$CIRCUS_VERSION" >"$1/version"
}

install_horust() {
  with_progress "compiling Horust $HORUST_VERSION (once)" \
    cargo install --locked --version "$HORUST_VERSION" --root "$1/horust" horust
}

# prepare_supervisor FOLDER: compiles, builds and installs into it.
prepare_supervisor() {
  prepare "$1"
  compile_helpers "$1/bin" service launcher orphans
  install -m 755 "$BINARY" "$1/bin/waiide-init"
  ensure_peers "$1"
}

# wants CASE: whether it is one of those to be measured.
wants() { [[ "${OPTIONS[*]} " != *"--only "* || "${OPTIONS[*]} " == *"--only $1 "* ]]; }

# prepare_start FOLDER: the same, for a container's start with the real IDE; sets IMAGE where there is one.
prepare_start() {
  prepare_supervisor "$1"
  ensure_packages sudo iproute2 util-linux || die "the benchmark needs them"
  have chromium || have chromium-browser || have google-chrome || ensure_packages chromium ||
    die "there is no browser"
  ensure_servers nginx || die "nginx is what others put before the IDE"
  ensure_vscode_server
  ensure_precompressed "$1/precompressed"
  if wants docker; then ensure_start_engine "$1" || warn "there is no image for docker run"; fi
}

# ensure_start_engine FOLDER: an engine that can't be had must not keep the other case away.
ensure_start_engine() {
  (ensure_engine) && ensure_engine && ensure_started_image "$BINARY" "$1/bin/launcher" &&
    IMAGE=waiide-bench-start
}

# prepare_provision FOLDER: the same, for the ownership walk.
prepare_provision() {
  prepare "$1"
  compile_helpers "$1/bin" service launcher tree
  ensure_packages e2fsprogs findutils mount strace util-linux || die "the benchmark needs them"
}

# without_services COMMAND…: with packages' services kept from being started (invoke-rc.d(8)).
without_services() {
  local policy=/usr/sbin/policy-rc.d status=0
  [[ ! -e $policy ]] || { "$@"; return; }
  printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
  "$@" || status=$?
  rm -f "$policy"
  return "$status"
}

# ensure_servers NAME…: their programs; a service that comes with one stays off, unless it was
# there before.
ensure_servers() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  without_services ensure_packages "${missing[@]}" || return 1
  ! have systemctl || systemctl --quiet disable "${missing[@]}" 2>/dev/null || true
}

# ensure_jupyter FOLDER: jupyter-server-proxy as the image has it, by the same lock file.
ensure_jupyter() {
  local lock=$REPO_DIR/docker/requirements.txt
  cmp -s "$lock" "$1/locked.txt" && return 0
  python3 -c 'import ensurepip' 2>/dev/null || ensure_packages python3-venv || return 1
  with_progress "getting jupyter-server-proxy" install_jupyter "$1" "$lock"
}

install_jupyter() {
  rm -rf "$1" && python3 -m venv "$1" &&
    "$1/bin/pip" install --disable-pip-version-check --require-hashes --requirement "$2" &&
    cp "$2" "$1/locked.txt"
}

# prepare_proxy FOLDER: the same, for the gateway as a proxy.
prepare_proxy() {
  prepare "$1"
  compile_helpers "$1/bin" echo sockets
  ensure_packages wrk iproute2 util-linux || die "the benchmark needs them"
  ensure_servers nginx || die "nginx is what all are compared with"
  ensure_servers haproxy || warn "haproxy can't be had"
  ensure_jupyter "$1/jupyter" || warn "jupyter-server-proxy can't be had"
  ensure_vscode_server
  ensure_code_server "$1/code-server-$CODE_SERVER_VERSION" || warn "code-server can't be had"
  ensure_chp "$1/configurable-http-proxy-$CONFIGURABLE_HTTP_PROXY_VERSION" ||
    warn "configurable-http-proxy can't be had"
}

# make_chp DIR: the proxy that JupyterHub comes with.
make_chp() {
  fetch_package configurable-http-proxy "$CONFIGURABLE_HTTP_PROXY_VERSION" "$CONFIGURABLE_HTTP_PROXY_INTEGRITY" "$1" &&
    (cd "$1" && pinned_npm install --omit=dev --ignore-scripts --no-audit --no-fund)
}

ensure_chp() {
  [[ -d $1 ]] || with_progress "getting configurable-http-proxy" complete_into "$1" make_chp
}

# make_code_server DIR: code-server's own front, before the VS Code server that is there already.
make_code_server() {
  fetch_package code-server "$CODE_SERVER_VERSION" "$CODE_SERVER_INTEGRITY" "$1" &&
    rm -r "$1/lib/vscode" && ln -s "$SERVER_DIR" "$1/lib/vscode" &&
    (cd "$1" && pinned_npm install --omit=dev --ignore-scripts --no-audit --no-fund)
}

ensure_code_server() {
  [[ -d $1 ]] || with_progress "getting code-server's front" complete_into "$1" make_code_server
}

# prepare_load FOLDER: the same, for the workbench over a slow link.
prepare_load() {
  prepare "$1"
  compile_helpers "$1/bin" link
  ensure_packages iproute2 util-linux || die "the benchmark needs them"
  have chromium || have chromium-browser || have google-chrome || ensure_packages chromium ||
    die "there is no browser"
  ensure_servers nginx || die "nginx is one of those compared"
  [[ -c /dev/net/tun ]] || die "the slow link takes /dev/net/tun"
  ensure_vscode_server
  ensure_code_server "$1/code-server-$CODE_SERVER_VERSION" || warn "code-server can't be had"
  ensure_jupyter "$1/jupyter" || warn "jupyter-server-proxy can't be had"
  ensure_precompressed "$1/precompressed"
}

# ensure_precompressed FOLDER: what the image brings along of the VS Code server.
ensure_precompressed() {
  [[ $1 -nt $BINARY ]] || "$BINARY" precompress "$SERVER_DIR" "$1" >&2
}

# prepare_hub FOLDER: the same, for servers that a Hub spawns.
prepare_hub() {
  prepare "$1"
  have npm || ensure_packages npm || die "the Hub's proxy comes from npm"
  python3 -c 'import ensurepip' 2>/dev/null || ensure_packages python3-venv || die "the Hub needs python3-venv"
  have chromium || have chromium-browser || have google-chrome || ensure_packages chromium ||
    die "there is no browser"
  ensure_engine
  ensure_spawned_images "$BINARY"
}

# prepare_soak FOLDER: the same, for a long time of mixed use.
prepare_soak() {
  prepare "$1"
  compile_helpers "$1/bin" launcher echo
  ensure_packages iproute2 util-linux || die "the benchmark needs them"
  have chromium || have chromium-browser || have google-chrome || ensure_packages chromium ||
    die "there is no browser"
  ensure_vscode_server
}
