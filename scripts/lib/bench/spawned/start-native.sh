#!/bin/bash
# The same for jhsingle-native-proxy. {port} and {base_url} are its own to fill in; it strips the
# prefix from requests and says nothing of it to the VS Code server, which therefore has to know.
# Ready is when /version answers, within a minute rather than its default of 10 s.
set -e
mkdir -p "$HOME/workspace"
[[ -e $HOME/workspace/README.md ]] || echo "A file." >"$HOME/workspace/README.md"
exec /opt/calliope/native/bin/jhsingle-native-proxy \
  --ready-check-path=/version --ready-timeout=60 --no-force-alive -- \
  /opt/calliope/node/bin/node /opt/calliope/WAIIDE-server/out/server-main.js \
  --host 127.0.0.1 --port '{port}' --server-base-path '{base_url}' \
  --without-connection-token --accept-server-license-terms \
  --server-data-dir "$HOME/.WAIIDE-server" --default-folder "$HOME/workspace"
