# shellcheck shell=bash
# The images of `scripts/bench hub`. To be sourced, after common.sh, versions.sh, engine.sh and site.sh.
#
#   ensure_spawned_images BINARY   makes waiide-bench-base, and on it waiide-bench-hub with the tags
#                                  waiide, singleuser and native
#
# They stay in the engine for the next run: docker image rm them to have their 1 GB back.

SPAWNED_SOURCES=$REPO_DIR/scripts/lib/bench/spawned
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

# build_spawned TARGET FOLDER
build_spawned() {
  local options=(--secret "id=site,src=$SITE_SETTINGS")
  if find_ca_bundle; then options+=(--secret "id=ca,src=$CA_BUNDLE"); fi
  docker_cli build --network host --target "$1" --tag "waiide-bench-hub:$1" "${options[@]}" \
    --build-arg "BASE=$SPAWNED_BASE" --build-arg "NATIVE_VERSION=$NATIVE_PROXY_VERSION" \
    --build-arg "TORNADO_VERSION=$NATIVE_TORNADO_VERSION" "$2"
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
