"""TLS between the Hub, its proxy and the servers (internal_ssl), for a Hub on the engine's host.

`load_subconfig` this file after jupyterhub_config.py, or copy it.
"""

# JupyterHub puts get_config here.
# ruff: noqa: F821

import ipaddress

import docker

c = get_config()

c.JupyterHub.internal_ssl = True

# What containers call the Hub has to stand in its certificate: hub_connect_ip.
# CHANGE: if yours is not the host's own address on Docker's default bridge.
bridge = docker.from_env().networks.get("bridge").attrs["IPAM"]["Config"][0]
# Some engines name the range alone; the host then has its first address.
first = next(ipaddress.ip_network(bridge["Subnet"], strict=False).hosts())
c.JupyterHub.trusted_alt_names = [f"IP:{bridge.get('Gateway', first)}"]

# A server's certificate is made before its container has an address. So its port is published on
# the host's loopback, which is in every certificate. Where the Hub is a container on the same
# Docker network, leave these two out: DockerSpawner then goes by the container's name.
c.DockerSpawner.use_internal_hostname = False
c.DockerSpawner.use_internal_ip = False

# Certificates reach the container by a volume, which a container of a small image fills: DockerSpawner
# takes busybox.
# CHANGE: where that can't be pulled, any image whose command ends at once; the users' own does not.
# c.DockerSpawner.move_certs_image = "busybox:1.30.1"
