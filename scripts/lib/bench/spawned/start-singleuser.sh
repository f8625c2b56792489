#!/bin/bash
# As docker-stacks has it: what the home needs, and then the server in this script's place.
set -e
mkdir -p "$HOME/workspace"
[[ -e $HOME/workspace/README.md ]] || echo "A file." >"$HOME/workspace/README.md"
exec jupyterhub-singleuser "$@"
