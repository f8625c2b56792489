"""One server for each user, which opens the IDE by a URL of its own choice.

`load_subconfig` this file, or copy it. Without named servers there is one scope for each user,
and none to be mixed up. /proxy/8071/ leads to the same gateway as /ide, on which the browser lands
without default_url.
"""

# JupyterHub puts get_config here.
# ruff: noqa: F821

c = get_config()

c.JupyterHub.allow_named_servers = False

# Where /user/alice/ leads. CHANGE: an IDE that listens on 8081 (WAIIDE_IDE_PORT, as in older
# deployments) is at /proxy/8081/.
c.Spawner.default_url = "/proxy/8071/"

# Without {servername}: right for one server each, and for that alone.
c.DockerSpawner.name_template = "{prefix}-{username}-waiide"
