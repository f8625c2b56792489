# The stages of scripts/test: run one, time it, count what passed. To be sourced, after common.sh.
# shellcheck shell=bash
#
# A stage is a function that returns 0 (passed), $SKIP (said why, did nothing) or something else
# (failed). A stage that runs a test runner counts as the runner's tests; any other as one.

SKIP=77
PASSED=0 FAILED=0 SKIPPED=0
RESULTS=()
FAILURES=()

# stage TITLE COMMAND…: runs COMMAND and books its result. The script goes on whatever it was.
stage() {
  local title=$1 started=$SECONDS status=0 log word
  shift
  printf '\n### %s\n' "$title"
  log=$LOG_DIR/${title//[^a-zA-Z0-9]/-}.log
  ("$@") 2>&1 | tee "$log" || status=${PIPESTATUS[0]}
  book "$status" "$log"
  word=$(result_word "$status")
  RESULTS+=("$(printf '%-9s %4d s  %s' "$word" $((SECONDS - started)) "$title")")
  [[ $word != FAILED ]] || FAILURES+=("$title: $(why_failed "$log")")
  printf -- '--- %s: %s in %d s\n' "$title" "$word" $((SECONDS - started))
  return 0
}

result_word() {
  case $1 in
    0) printf 'passed' ;;
    "$SKIP") printf 'skipped' ;;
    *) printf 'FAILED' ;;
  esac
}

# book STATUS LOG: adds a stage's counts. One that failed without a failed test, because nothing
# compiled for instance, is a failure of its own.
book() {
  local status=$1 passed failed skipped
  if ((status == SKIP)); then
    SKIPPED=$((SKIPPED + 1))
    return
  fi
  read -r passed failed skipped < <(runner_counts "$2")
  if ((passed + failed + skipped == 0)); then ((status == 0)) && passed=1 || failed=1; fi
  if ((status != 0 && failed == 0)); then failed=1; fi
  PASSED=$((PASSED + passed)) FAILED=$((FAILED + failed)) SKIPPED=$((SKIPPED + skipped))
}

# runner_counts LOG: "passed failed skipped", summed over what test runners report in LOG:
#   nextest      Summary [ 1.2s] 9 tests run: 7 passed (1 slow), 2 failed, 1 skipped
#   cargo test   test result: ok. 9 passed; 0 failed; 1 ignored; …
#   node --test  ℹ pass 9, ℹ fail 0, ℹ skipped 1, each on a line
runner_counts() {
  sed 's/\x1b\[[0-9;]*m//g' "$1" | awk '
    function before(word,  i) { for (i = 2; i <= NF; i++) if ($i ~ "^" word "[,;]?$") return $(i - 1); return 0 }
    /^ *Summary \[/ { p += before("passed"); f += before("failed") + before("timed") ; s += before("skipped") }
    /^test result: / { p += before("passed"); f += before("failed"); s += before("ignored") }
    /^ℹ pass [0-9]+$/ { p += $3 }
    /^ℹ (fail|cancelled) [0-9]+$/ { f += $3 }
    /^ℹ (skipped|todo) [0-9]+$/ { s += $3 }
    END { print p + 0, f + 0, s + 0 }'
}

# why_failed LOG: what a runner says about the first failure, or how the log ends.
why_failed() {
  local lines
  lines=$(sed 's/\x1b\[[0-9;]*m//g' "$1" | grep -A 24 -m 1 -E "failing tests:|panicked at |^error(\[|:)") ||
    lines=$(tail -n 8 "$1")
  printf '%s\n' "$lines" | cut -c1-200
}

# skip REASON…: what a stage ends with when the machine cannot do it. Under CI that is a failure:
# there, everything has to run.
skip() {
  printf 'skipped: %s\n' "$*"
  [[ ${CI-} != true ]] || { printf 'CI is true, so this counts as failed\n'; return 1; }
  return "$SKIP"
}

# The table of stages, why any failed, and the one line that counts; returns 1 when anything failed.
report() {
  printf '\n'
  printf '%s\n' "${RESULTS[@]}"
  ((${#FAILURES[@]} == 0)) || printf '\n%s\n' "${FAILURES[@]}"
  printf '\n%d passed, %d failed' "$PASSED" "$FAILED"
  ((SKIPPED == 0)) || printf ', %d skipped' "$SKIPPED"
  printf '\n'
  ((FAILED == 0))
}
