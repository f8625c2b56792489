"""Several servers for each user, each with a container of its own.

`load_subconfig` this file, or copy it.
"""

# JupyterHub puts get_config here.
# ruff: noqa: F821

c = get_config()

c.JupyterHub.allow_named_servers = True
c.JupyterHub.named_server_limit_per_user = 5

# Without {servername}, all servers of a user would be one container: the second to start gets
# the first one's environment, and with it the wrong scope, prefix and client id. Two dashes in
# between, because a user's escaped name has none: "a" with server "b" stays apart from "a-b".
c.DockerSpawner.name_template = "{prefix}-{username}--{servername}"

# A kept container is started again with its old environment, whatever the Hub says by then.
c.DockerSpawner.remove = True

# CHANGE: a home for each server, instead of one for each user.
# c.DockerSpawner.volumes = {"{prefix}-home-{username}--{servername}": "/home/{raw_username}"}
