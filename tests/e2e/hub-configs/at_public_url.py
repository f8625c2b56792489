"""What behind_nginx.py leaves to be changed: where browsers go."""

# JupyterHub puts get_config here.
# ruff: noqa: F821

import os

c = get_config()
c.JupyterHub.public_url = os.environ["TEST_PUBLIC_URL"]
