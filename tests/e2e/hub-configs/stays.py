"""As in production: a Hub that ends leaves the users' servers alone, and its proxy."""

# JupyterHub puts get_config here.
# ruff: noqa: F821

c = get_config()
c.JupyterHub.cleanup_servers = False
c.JupyterHub.cleanup_proxy = False

# The terminal goes with the Hub, and the proxy would stumble over its next line there.
script = 'exec configurable-http-proxy "$@" >>proxy.log 2>&1'
c.ConfigurableHTTPProxy.command = ["sh", "-c", script, "configurable-http-proxy"]
