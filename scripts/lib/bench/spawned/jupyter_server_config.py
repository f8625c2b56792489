# The VS Code server as jupyter-server-proxy's documentation has it: a command, which is started with
# the first request, and a time for it to come up (a minute rather than its default of 5 s).

# Jupyter puts get_config here.
# ruff: noqa: F821

import os

c = get_config()

home = os.environ["HOME"]
c.ServerProxy.servers = {
    "ide": {
        "command": [
            "/opt/calliope/node/bin/node", "/opt/calliope/WAIIDE-server/out/server-main.js",
            "--host", "127.0.0.1", "--port", "{port}",
            "--without-connection-token", "--accept-server-license-terms",
            "--server-data-dir", f"{home}/.WAIIDE-server", "--default-folder", f"{home}/workspace",
        ],
        "timeout": 60,
    }
}
