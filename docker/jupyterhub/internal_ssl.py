"""TLS between the Hub, its proxy and the servers (internal_ssl), for a Hub on the engine's host.

`load_subconfig` this file after jupyterhub_config.py, or copy it.
"""

# JupyterHub puts get_config here.
# ruff: noqa: F821

c = get_config()

c.JupyterHub.internal_ssl = True

# What containers call the Hub has to stand in its certificate.
c.JupyterHub.trusted_alt_names = [f"IP:{c.JupyterHub.hub_connect_ip}"]

# A server's certificate is made before its container has an address. So its port is published on
# the host's loopback, which is in every certificate. Where the Hub is a container on the same
# Docker network, leave these two out: DockerSpawner then goes by the container's name.
c.DockerSpawner.use_internal_hostname = False
c.DockerSpawner.use_internal_ip = False

# Certificates reach the container by a volume, which a container of this image fills. Any image
# will do; the users' own is there anyway.
c.DockerSpawner.move_certs_image = "waiide"
