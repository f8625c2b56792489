# shellcheck shell=bash
# What this machine knows about its site and a build needs to know as well. To be sourced.
#
#   find_ca_bundle        sets CA_BUNDLE to the certificates that this machine trusts
#   write_site_settings   sets SITE_SETTINGS to a private file of NAME=VALUE lines: the package
#                         registries, where they are not the public ones; the caller removes it
#   find_cargo_config     sets CARGO_CONFIG to this user's cargo configuration
#
# All of it goes into a build as a BuildKit secret: addresses can hold passwords.

find_ca_bundle() {
  local candidate
  for candidate in "${SSL_CERT_FILE-}" "${CURL_CA_BUNDLE-}" /etc/ssl/certs/ca-certificates.crt \
    /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/ca-bundle.pem /etc/ssl/cert.pem; do
    [[ -n $candidate && -s $candidate ]] || continue
    CA_BUNDLE=$candidate
    return 0
  done
  return 1
}

npm_registry() {
  local registry=${npm_config_registry-}
  [[ -n $registry ]] || registry=$(npm config get registry 2>/dev/null) || return 0
  [[ $registry == https://registry.npmjs.org/ ]] || printf '%s' "$registry"
}

# pip's value of an option, from its environment variable or its configuration files.
pip_option() {
  local name=$1 variable=$2
  if [[ -n ${!variable-} ]]; then
    printf '%s' "${!variable}"
    return
  fi
  python3 -m pip config list 2>/dev/null |
    sed -n "s/^\(global\|install\|user\|site\)\.$name='\(.*\)'\$/\2/p" | tail -n 1
}

print_site_settings() {
  local name value
  for name in PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_TRUSTED_HOST; do
    value=$(pip_option "$(tr 'A-Z_' 'a-z-' <<<"${name#PIP_}")" "$name")
    [[ -z $value ]] || printf '%s=%s\n' "$name" "$value"
  done
  value=$(npm_registry)
  [[ -z $value ]] || printf 'npm_config_registry=%s\n' "$value"
}

write_site_settings() {
  SITE_SETTINGS=$(mktemp) # mode 0600
  print_site_settings >"$SITE_SETTINGS"
}

find_cargo_config() {
  local folder=${CARGO_HOME:-$HOME/.cargo} name
  for name in config.toml config; do
    [[ -s $folder/$name ]] || continue
    CARGO_CONFIG=$folder/$name
    return 0
  done
  return 1
}
