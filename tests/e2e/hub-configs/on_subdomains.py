"""Each user's servers at a host of their own."""

# JupyterHub puts get_config here.
# ruff: noqa: F821

import os

c = get_config()
c.JupyterHub.subdomain_host = os.environ["TEST_SUBDOMAIN_HOST"]
