# shellcheck shell=bash
# The images of `scripts/bench hub` and `start`. To be sourced, after common.sh, versions.sh, engine.sh
# and site.sh.
#
#   ensure_spawned_images BINARY   makes waiide-bench-base, and on it waiide-bench-hub with the tags
#                                  waiide, singleuser and native
#   ensure_started_image BINARY LAUNCHER   makes the same base, and on it waiide-bench-start
#
# They stay in the engine for the next run: docker image rm them to have their 1 GB back.

SPAWNED_SOURCES=$REPO_DIR/scripts/lib/bench/spawned
STARTED_SOURCES=$REPO_DIR/scripts/lib/bench/started
SPAWNED_BASE=waiide-bench-base

# What the base is made of, but for the program itself, which is put into it anew each time.
base_digest() {
  (cd "$REPO_DIR/docker" && find Dockerfile build requirements.txt -type f -print0 | sort -z | xargs -0 cat) |
    sha256sum | cut -c1-12
}

ensure_spawned_base() {
  SPAWNED_BASE+=:$(base_digest)
  docker_cli image inspect "$SPAWNED_BASE" >/dev/null 2>&1 && return 0
  "$REPO_DIR/scripts/image" --tag "$SPAWNED_BASE" >&2
}

# spawn_context FOLDER BINARY: what a build sees.
spawn_context() {
  cp -a "$SPAWNED_SOURCES"/{Dockerfile,*.py,start-*.sh} "$REPO_DIR/docker/"{build,requirements.txt} "$1/"
  install -m 755 "$2" "$1/waiide-init"
}

# build_on_base TAG FOLDER OPTIONS…
build_on_base() {
  local options=(--secret "id=site,src=$SITE_SETTINGS")
  if find_ca_bundle; then options+=(--secret "id=ca,src=$CA_BUNDLE"); fi
  docker_cli build --network host --tag "$1" "${options[@]}" --build-arg "BASE=$SPAWNED_BASE" "${@:3}" "$2"
}

# build_spawned TARGET FOLDER
build_spawned() {
  build_on_base "waiide-bench-hub:$1" "$2" --target "$1" --build-arg "NATIVE_VERSION=$NATIVE_PROXY_VERSION" \
    --build-arg "TORNADO_VERSION=$NATIVE_TORNADO_VERSION"
}

# One that can't be had must not keep the others away, nor be measured as it was at another time.
ensure_spawned_images() {
  local context target
  ensure_spawned_base || die "there is no base image"
  context=$(mktemp -d)
  spawn_context "$context" "$1"
  write_site_settings
  for target in waiide singleuser native; do
    with_progress "the image waiide-bench-hub:$target" build_spawned "$target" "$context" && continue
    warn "the image $target can't be had"
    docker_cli image rm "waiide-bench-hub:$target" >/dev/null 2>&1 || true
  done
  rm -rf "$context" "$SITE_SETTINGS"
}

# One image for all that are compared. That of another time is none for this one.
ensure_started_image() {
  local context status=0
  ensure_spawned_base || return 1
  context=$(mktemp -d)
  cp -a "$STARTED_SOURCES/Dockerfile" "$BENCH_SOURCES/api_server.py" "$REPO_DIR/docker/build" "$context/"
  install -m 755 "$1" "$context/waiide-init" && install -m 755 "$2" "$context/launcher"
  write_site_settings
  with_progress "the image waiide-bench-start" build_on_base waiide-bench-start "$context" || status=1
  rm -rf "$context" "$SITE_SETTINGS"
  return "$status"
}
