# The stages of scripts/test that need no browser. To be sourced, after common.sh, versions.sh and stages.sh.
# shellcheck shell=bash

check_format() { cargo fmt --all --check; }

check_clippy() { cargo clippy --all-targets --locked -- -D warnings; }

# What later stages compile, begun while tests run, which mostly wait, with the time that they leave
# over (sched(7), SCHED_IDLE). A stage that needs it waits for it, and says what went wrong.
compile_ahead() {
  have chrt && have setsid && have flock || return 0
  export -f ensure_cargo_deny with_progress show_ticks say have
  export CACHE_DIR REPO_DIR LOG_DIR CARGO_DENY_VERSION
  setsid flock "$LOG_DIR/ahead" chrt --idle 0 \
    bash -c 'ensure_cargo_deny; "$REPO_DIR/scripts/build"; rm -f "$LOG_DIR/ahead.pid"' >"$LOG_DIR/ahead.log" 2>&1 </dev/null &
  printf '%s\n' $! >"$LOG_DIR/ahead.pid"
}

wait_for_ahead() { [[ ! -e $LOG_DIR/ahead ]] || flock "$LOG_DIR/ahead" true; }

stop_ahead() { [[ ! -e $LOG_DIR/ahead.pid ]] || kill -TERM -- "-$(<"$LOG_DIR/ahead.pid")" 2>/dev/null || true; }

# Some black-box tests make system calls fail (strace) and set the clock (libfaketime). One that
# misses its tool fails and names it, so they run without as well.
run_rust_tests() {
  ensure_packages strace libfaketime btrfs-progs || true
  say_what_is_left_out
  local runner=(cargo test --locked)
  ! have cargo-nextest || runner=(cargo nextest run --locked)
  "${runner[@]}" --no-run || return 1
  [[ $QUICK ]] || compile_ahead
  "${runner[@]}" --no-fail-fast
}

# Tests that pass without having looked, for want of something that can't be installed: a runner
# shows nothing of a test that passes.
say_what_is_left_out() {
  [[ -e /dev/fuse ]] || printf 'skipped: homes on a file system that squashes root: there is no /dev/fuse\n'
  { [[ -e /dev/loop-control ]] && grep -qw btrfs /proc/filesystems && have mkfs.btrfs; } ||
    printf 'skipped: a home over a real quota: it takes btrfs, mkfs.btrfs and loop devices\n'
}

# Every script that can be run, found by its first line; what they source is checked with them.
shell_scripts() {
  local file
  git ls-files -co --exclude-standard | while read -r file; do
    [[ -f $file && -x $file ]] || continue
    if head -c 64 "$file" | head -n 1 | grep -qaE '^#!.*\b(ba)?sh\b'; then printf '%s\n' "$file"; fi
  done
}

check_shell() {
  have shellcheck || ensure_packages shellcheck || skip "no shellcheck" || return
  local scripts
  mapfile -t scripts < <(shell_scripts)
  printf '%s\n' "${scripts[@]}"
  shellcheck --check-sourced --severity=warning "${scripts[@]}"
}

# Names that nobody has defined or imported: most of the benchmarks' Python is run by no test.
# get_config is what traitlets gives to a configuration file.
check_python() {
  have pyflakes3 || ensure_packages pyflakes3 || skip "no pyflakes3" || return
  local files
  mapfile -t files < <(git ls-files -co --exclude-standard -- '*.py')
  printf '%s files\n' "${#files[@]}"
  PYFLAKES_BUILTINS=get_config pyflakes3 "${files[@]}"
}

# Lock files name no registry: whoever builds uses their own, and the digests still bind.
check_pins() {
  ! grep -Hn '"resolved"' tests/e2e/package-lock.json &&
    cargo metadata --locked --format-version 1 --manifest-path tests/fuzz/Cargo.toml >/dev/null
}

# The Autobahn cases through the gateway, but for those that take long.
check_websockets() {
  python3 -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null ||
    ensure_packages python3 python3-venv || skip "no Python of 3.10 or later" || return
  "$REPO_DIR/scripts/conformance" --quick
}

# cargo-deny has no package to be had, so it is compiled, once, outside the tree.
ensure_cargo_deny() {
  export PATH=$PATH:$CACHE_DIR/tools/bin
  have cargo-deny && return
  # Without optimisation: it takes half as long to compile and still checks in seconds.
  with_progress "compiling cargo-deny $CARGO_DENY_VERSION (once)" \
    cargo install --quiet --locked --debug --version "$CARGO_DENY_VERSION" --root "$CACHE_DIR/tools" cargo-deny
}

check_dependencies() {
  wait_for_ahead
  ensure_cargo_deny || return 1
  cargo deny --all-features --locked check licenses bans sources
}

# The database of advisories is a Git repository: a closed machine has none.
check_advisories() {
  ensure_cargo_deny || return 1
  local url=https://github.com/rustsec/advisory-db
  if ! timeout 20 git ls-remote --exit-code "$url" HEAD >/dev/null 2>&1; then
    printf 'skipped: the database of advisories, %s, does not answer\n' "$url"
    return "$SKIP"
  fi
  cargo deny --all-features --locked check advisories
}

check_static_binary() {
  local binary
  wait_for_ahead
  binary=$("$REPO_DIR/scripts/build") || return 1
  ls -l "$binary"
  # The kernel starts it without a dynamic loader.
  ! readelf --program-headers --wide "$binary" | grep INTERP
}

get_vscode_server() { "$REPO_DIR/scripts/vscode-server"; }

# The process ids of this checkout's programs, whatever namespace they are in: by the file they run.
own_programs() {
  local link
  for link in /proc/[0-9]*/exe; do
    [[ $(readlink "$link" 2>/dev/null) != "$REPO_DIR/target/"* ]] || printf '%s\n' "$link"
  done | cut -d/ -f3 | sort
}

note_programs() { EARLIER_PROGRAMS=$(own_programs); }

# Those of them that run now and did not when the tests began.
left_over() { comm -13 <(printf '%s\n' "$EARLIER_PROGRAMS") <(own_programs); }

# What a test leaves running takes time from the next ones, and memory from the machine.
check_nothing_left() {
  local pids
  sleep 1 # the last ones may be ending
  mapfile -t pids < <(left_over)
  ((${#pids[@]})) || return 0
  printf '%d processes were left over by the tests:\n' "${#pids[@]}"
  ps -o pid,ppid,etime,args -p "$(IFS=,; printf '%s' "${pids[*]}")" | cut -c1-120 | head -n 20
  return 1
}

# Ends what the tests left, by process id.
end_left_over() {
  local pid
  for pid in $(left_over); do kill -KILL "$pid" 2>/dev/null || true; done
}
