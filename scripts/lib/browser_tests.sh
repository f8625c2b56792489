# The stages of scripts/test that need the browser or the image. To be sourced, after common.sh, versions.sh,
# vscode_server.sh and stages.sh.
# shellcheck shell=bash

E2E_DIR=$REPO_DIR/tests/e2e
ENGINE_PID_FILE=/var/run/docker.pid
# A name of its own: whoever uses the image waiide keeps theirs.
TEST_IMAGE=waiide-test

have_browser() { have chromium || have chromium-browser || have google-chrome; }

prepare_browser_tests() {
  have_browser || ensure_packages chromium || skip "no Chromium" || return
  [[ -x $NODE_DIR/bin/node ]] || ensure_vscode_server
  [[ $E2E_DIR/node_modules/.package-lock.json -nt $E2E_DIR/package-lock.json ]] ||
    (cd "$E2E_DIR" && with_progress "getting playwright-core" pinned_npm ci)
}

# run_browser_tests NAME: tests/e2e/NAME.test.mjs under the pinned Node, which knows * as a shell does.
run_browser_tests() {
  prepare_browser_tests || return
  (cd "$E2E_DIR" && "$NODE_DIR/bin/node" --test --test-reporter=spec --test-concurrency=1 "$1.test.mjs")
}

have_firefox() { have firefox-esr || have firefox; }

run_firefox_tests() {
  have_firefox || ensure_packages firefox-esr || skip "no Firefox" || return
  run_browser_tests voice-firefox
}

run_image_tests() {
  [[ -e $LOG_DIR/image-is-built ]] || skip "there is no image: see the stage \"image\"" || return
  find_engine || return
  DOCKER=$DOCKER E2E_IMAGE=$TEST_IMAGE run_browser_tests "$1"
}

# Podman as an account of the tests' own, in a mount namespace: that takes root.
run_podman_tests() {
  is_root || skip "only root can make an account for rootless Podman" || return
  ensure_packages podman runc uidmap || skip "no Podman" || return
  run_image_tests rootless-podman
}

run_hub_scenarios() {
  run_image_tests hub-scenarios && run_image_tests hub-kept && run_image_tests hub-credentials
}

# run_with_nginx RUN NAME: the tests that RUN knows as NAME, which start an nginx of their own.
run_with_nginx() {
  ensure_packages nginx openssl || skip "no nginx" || return
  "$@"
}

# A Swarm of this engine and of one that only root can start, in namespaces.
run_swarm_tests() {
  is_root || skip "only root can start a second engine" || return
  ensure_packages iproute2 || skip "no ip" || return
  run_image_tests hub-swarm
}

build_image() {
  if ! is_root && ! { have docker && docker info >/dev/null 2>&1; }; then
    skip "no Docker engine answers, and only root can install or start one" || return
  fi
  "$REPO_DIR/scripts/image" --tag "$TEST_IMAGE" || return 1
  touch "$LOG_DIR/image-is-built"
}

find_engine() {
  # shellcheck source=scripts/lib/engine.sh
  source "$REPO_DIR/scripts/lib/engine.sh"
  ensure_engine
}

engine_pid() { cat "$ENGINE_PID_FILE" 2>/dev/null; }

engine_runs() {
  local pid
  pid=$(engine_pid) && [[ -n $pid && $(cat "/proc/$pid/comm" 2>/dev/null) == dockerd ]]
}

# Notes whether an engine runs already: that one is not ours to stop.
note_engine() {
  FOREIGN_ENGINE=
  if engine_runs || { have docker && docker info >/dev/null 2>&1; }; then FOREIGN_ENGINE=1; fi
}

# Stops the engine that the tests started, by its process id, and waits for its end.
stop_own_engine() {
  [[ -z $FOREIGN_ENGINE ]] && engine_runs || return 0
  local pid waited
  pid=$(engine_pid)
  say "stopping dockerd, process $pid"
  kill -TERM "$pid"
  for waited in {1..150}; do
    # Gone, or a zombie where nobody waits for orphans.
    grep -qs '^State:.[^Z]' "/proc/$pid/status" || return 0
    sleep 0.2
  done
  warn "dockerd, process $pid, still runs after $((waited / 5)) s"
}
