"""The Hub behind a reverse proxy that does TLS; nginx.conf is that proxy's part.

`load_subconfig` this file, or copy it.
"""

# JupyterHub puts get_config here.
# ruff: noqa: F821

c = get_config()

# The proxy is on the same machine: nobody gets past it.
c.JupyterHub.bind_url = "http://127.0.0.1:8000/"

# CHANGE: where browsers go. The Hub and the servers learn from it that their cookies are for
# HTTPS alone.
c.JupyterHub.public_url = "https://hub.example.com/"
