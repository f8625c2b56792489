# Gets Node and the VS Code server into the cache folder. To be sourced, after common.sh and versions.sh.
# shellcheck shell=bash
#
# A folder under its final name is a complete one: everything is made in a folder beside it,
# which gets the name in one rename at the end.

NODE_DIR=$CACHE_DIR/node-$NODE_VERSION
SERVER_DIR=$CACHE_DIR/vscode-server-$CODE_SERVER_VERSION

NATIVE_MODULES=(@vscode/spdlog @vscode/native-watchdog @parcel/watcher @vscode/sqlite3 @vscode/deviceid @vscode/fs-copyfile)
COMPILER_PACKAGES=(g++ make python3)
# Kerberos alone needs these; it is only used to log in at a proxy.
KERBEROS_PACKAGES=(libkrb5-dev pkg-config)

# npm under the pinned Node, without whatever a person's own configuration says of native builds.
pinned_npm() { PATH=$NODE_DIR/bin:$PATH npm_config_nodedir=$NODE_DIR npm "$@"; }

# fetch_package NAME VERSION INTEGRITY DIR: unpacks an npm package into DIR once its digest is right.
fetch_package() {
  local name=$1 version=$2 integrity=$3 dir=$4 file actual
  file=$(cd "$dir" && npm pack --silent --pack-destination "$dir" "$name@$version") || return 1
  actual=sha512-$(sha512sum "$dir/$file" | cut -d' ' -f1 | python3 -c 'import base64,sys; print(base64.b64encode(bytes.fromhex(sys.stdin.read())).decode())')
  if [[ $actual != "$integrity" ]]; then
    printf '%s@%s has the digest %s, not the pinned %s\n' "$name" "$version" "$actual" "$integrity"
    return 1
  fi
  tar -xzf "$dir/$file" -C "$dir" --strip-components=1 --no-same-owner && rm "$dir/$file"
}

# complete_into DIR COMMAND…: runs COMMAND with a fresh folder as its last argument, which becomes DIR.
complete_into() {
  local dir=$1 part
  shift
  part=$(mktemp -d "$dir.part-XXXXXX") || return 1
  chmod 755 "$part"
  if "$@" "$part" && mv -T "$part" "$dir"; then return 0; fi
  rm -rf "$part"
  return 1
}

make_node() { fetch_package "$NODE_PACKAGE" "$NODE_VERSION" "$NODE_INTEGRITY" "$1"; }

ensure_node() {
  [[ -d $NODE_DIR ]] || with_progress "getting Node $NODE_VERSION" complete_into "$NODE_DIR" make_node
}

# The server is one folder of code-server's package; code-server's own front is not used.
make_server() {
  local dir=$1
  with_progress "getting code-server $CODE_SERVER_VERSION" unpack_server "$dir" &&
    with_progress "getting what it depends on" install_dependencies "$dir" &&
    rebuild_native "$dir"
}

unpack_server() {
  local dir=$1
  mkdir "$dir/package" &&
    fetch_package code-server "$CODE_SERVER_VERSION" "$CODE_SERVER_INTEGRITY" "$dir/package" &&
    find "$dir/package/lib/vscode" -mindepth 1 -maxdepth 1 -exec mv -t "$dir" {} + &&
    rm -r "$dir/package"
}

install_dependencies() {
  local folder
  for folder in "$1" "$1/extensions"; do
    (cd "$folder" && pinned_npm install --omit=dev --ignore-scripts --no-audit --no-fund) || return 1
  done
}

# Compiles the native modules that this machine can compile. None is needed to start; without
# spdlog there are no log files, without native-watchdog the extension host may outlive the server.
rebuild_native() {
  local modules=()
  read -ra modules <<<"${BUILDABLE_MODULES-}"
  ((${#modules[@]})) || return 0
  with_progress "compiling its native modules (about 2 minutes on 2 cores)" compile_modules "$1" "${modules[@]}"
}

compile_modules() (
  cd "$1" && shift && JOBS=$(nproc) pinned_npm rebuild "$@"
)

# Sets BUILDABLE_MODULES to what the machine's packages allow, installing them first when root.
choose_native_modules() {
  BUILDABLE_MODULES=
  if ! ensure_packages "${COMPILER_PACKAGES[@]}" && ! { have g++ && have make; }; then
    warn "the VS Code server goes without its native modules: no logs on disk, no extension storage in SQLite"
    return
  fi
  BUILDABLE_MODULES=${NATIVE_MODULES[*]}
  if ensure_packages "${KERBEROS_PACKAGES[@]}"; then
    BUILDABLE_MODULES+=' kerberos'
  else
    warn "the VS Code server goes without Kerberos, which only a proxy with Kerberos login needs"
  fi
}

ensure_server() {
  [[ -d $SERVER_DIR ]] && return 0
  choose_native_modules
  complete_into "$SERVER_DIR" make_server
}

# Gets both, one process at a time: a second caller waits for the first and finds its work done.
ensure_vscode_server() {
  mkdir -p "$CACHE_DIR"
  local lock
  exec {lock}>"$CACHE_DIR/lock"
  flock -n "$lock" || { say "another process is filling $CACHE_DIR: waiting for it"; flock "$lock"; }
  rm -rf "$CACHE_DIR"/*.part-*
  ensure_node || die "Node $NODE_VERSION could not be had from the npm registry"
  ensure_server || die "the VS Code server could not be installed; the lines above say why"
  exec {lock}>&-
}
