"""Settings of a site's own, which configuration that is loaded later has to keep."""

# JupyterHub puts get_config here.
# ruff: noqa: F821

c = get_config()
c.JupyterHub.tornado_settings = {"headers": {"X-Site": "its own"}, "slow_spawn_timeout": 3}
