#!/bin/sh
# An IDE that starts when the test says so: waits while "wait" is in the home, fails while "fail" is.
echo "an IDE that does as it is told"
if [ -e "$HOME/fail" ]; then
  echo "Error: Cannot find module '/opt/calliope/WAIIDE-server/out/server-main.js'" >&2
  exit 1
fi
while [ -e "$HOME/wait" ]; do sleep 0.1; done
exec node /opt/calliope/WAIIDE-server/out/server-main.js --host 127.0.0.1 --port "$1" \
  --without-connection-token --accept-server-license-terms \
  --server-data-dir "$HOME/.WAIIDE-server" --default-folder "$HOME/workspace"
