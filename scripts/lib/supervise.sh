# Runs a server for the person at the terminal: reports when it answers, ends it when asked.
# To be sourced, after common.sh; bash only.
# shellcheck shell=bash
#
# The server gets a session of its own, so that Ctrl-C reaches it once, through us: a second
# signal would tell it to kill at once. However we end, a guard sees our end of a pipe close
# and stops the server: nothing is left over, not even after SIGKILL.

# http_status PORT PATH: the status that 127.0.0.1:PORT answers with; nothing when it does not.
http_status() {
  (
    exec 3<>"/dev/tcp/127.0.0.1/$1" || exit
    printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\n\r\n' "$2" "$1" >&3
    read -r -t 3 _ status _ <&3 && printf '%s' "$status"
  ) 2>/dev/null || true
}

port_is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

alive() { [[ -d /proc/$1 ]]; }

# announce PID PORT PATH SECONDS MESSAGE…: waits until PATH answers 200, then prints the lines of MESSAGE.
announce() {
  local pid=$1 port=$2 path=$3 limit=$4 started=$SECONDS
  shift 4
  while alive "$pid"; do
    if [[ $(http_status "$port" "$path") == 200 ]]; then
      printf '\n' >&2
      printf '    %s\n' "$@" >&2
      printf '\n' >&2
      return 0
    fi
    if ((SECONDS - started > limit)); then
      warn "no answer on port $port after $limit s; the lines above may say why. Still waiting"
      limit=$((limit * 2))
    fi
    sleep 0.2
  done
}

# guard STOP…: waits for the end of standard input. A line before it means that all is over;
# without one the script was killed, and STOP is run in its place.
guard() {
  trap '' INT TERM HUP
  read -r _ || "$@"
}

# supervise_server STOP STARTED COMMAND…: runs COMMAND and returns its status. STOP and STARTED are
# functions that get COMMAND's process id: STARTED once, in the background; STOP for each INT,
# TERM or HUP that we get.
supervise_server() {
  local stop=$1 started=$2 pid guard_pipe signalled code status=0
  shift 2
  setsid "$@" </dev/null &
  pid=$!
  exec {guard_pipe}> >(guard "$stop" "$pid")
  "$started" "$pid" {guard_pipe}>&- &
  # shellcheck disable=SC2064 # the process id is known now
  trap "signalled=1; $stop $pid" INT TERM HUP
  while true; do
    signalled='' code=0
    wait "$pid" || code=$?
    # 127: the status was had already, as a signal came with the end.
    ((code == 127 && status > 128)) || status=$code
    [[ -n $signalled ]] || break
  done
  trap - INT TERM HUP
  echo over >&"$guard_pipe"
  exec {guard_pipe}>&-
  wait
  return "$status"
}
