#!/bin/sh
# foreign-webviews.sh PORT: the real VS Code server, which has its webviews from another origin, as
# VS Code's own builds do and this build does not. One line of it is another, in a copy.
set -eu
server=/opt/calliope/WAIIDE-server
copy=$HOME/server
own='webviewEndpoint:b+"/out/vs/workbench/contrib/webview/browser/pre"'
other='webviewEndpoint:"https://{{uuid}}.cdn.invalid/pre"'

mkdir -p "$copy/out"
for file in "$server"/* "$server"/out/*; do
  [ "$file" = "$server/out" ] || ln -sf "$file" "$copy/${file#"$server"/}"
done
rm "$copy/out/server-main.js"
grep -qF "$own" "$server/out/server-main.js"
sed "s|$own|$other|" "$server/out/server-main.js" >"$copy/out/server-main.js"
exec node "$copy/out/server-main.js" --host 127.0.0.1 --port "$1" --without-connection-token \
  --accept-server-license-terms --server-data-dir "$HOME/.WAIIDE-server" \
  --default-folder "$HOME/workspace" "$HOME/workspace"
