# Starts waiide-init as PID 1 of namespaces that look like its image. To be sourced, after common.sh.
# shellcheck shell=bash
#
# As root: a PID and a mount namespace. Otherwise the same in a user namespace, where we are
# root for the mounts; the server itself then runs in a second one, as uid 1000.

# What the server gets of the caller's environment: how to reach the network, and the locale.
PASSED_VARIABLES=(TERM LANG LC_ALL TZ COLORTERM
  http_proxy https_proxy no_proxy all_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY
  SSL_CERT_FILE SSL_CERT_DIR NODE_EXTRA_CA_CERTS REQUESTS_CA_BUNDLE CURL_CA_BUNDLE PIP_CERT GIT_SSL_CAINFO)

# Sets UNSHARE to the command line that makes the namespaces.
choose_namespaces() {
  UNSHARE=(unshare --mount --pid --fork --kill-child --mount-proc)
  is_root || UNSHARE+=(--user --map-root-user)
}

check_namespaces() {
  have unshare || die "unshare is not on PATH; it is in util-linux"
  choose_namespaces
  local reason
  reason=$("${UNSHARE[@]}" true 2>&1) && return 0
  printf 'error: this machine does not let us make namespaces: %s\n' "$reason" >&2
  if is_root; then
    printf '  inside a container, it needs CAP_SYS_ADMIN (docker run --privileged)\n' >&2
  else
    explain_user_namespaces >&2
  fi
  printf '  or use the image: scripts/quickstart --docker\n' >&2
  exit 1
}

# Names the kernel settings that stand against user namespaces, with their present values.
explain_user_namespaces() {
  local key file want
  while read -r key want; do
    file=/proc/sys/${key//./\/}
    [[ -e $file ]] || continue
    printf '  %s is %s; user namespaces need %s (sysctl -w %s=%s, as root)\n' \
      "$key" "$(cat "$file")" "$want" "$key" "$want"
  done <<'KEYS'
user.max_user_namespaces 1000
kernel.unprivileged_userns_clone 1
kernel.apparmor_restrict_unprivileged_userns 0
KEYS
  printf '  inside a container, its seccomp profile may refuse them as well\n'
}

# Sets CLEAN_ENVIRONMENT to an env command line that passes nothing but PASSED_VARIABLES.
choose_environment() {
  CLEAN_ENVIRONMENT=(env -i PATH=/opt/calliope/bin:/opt/calliope/node/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
  local name
  for name in "${PASSED_VARIABLES[@]}"; do
    [[ -z ${!name-} ]] || CLEAN_ENVIRONMENT+=("$name=${!name}")
  done
}

# stop_namespace PID: asks the first process in the namespace of PID, an unshare, to stop.
stop_namespace() {
  local first
  read -r first _ <"/proc/$1/task/$1/children" || true
  [[ -z ${first-} ]] || kill -TERM "$first"
} 2>/dev/null
