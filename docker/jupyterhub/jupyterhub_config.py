"""A Hub that gives each user a container of the waiide image.

Start it with `scripts/hub`, or copy what your own Hub lacks. What an installation
usually changes is marked CHANGE. Tried with JupyterHub 6.1, DockerSpawner 14 and
configurable-http-proxy 5.3.
"""

# JupyterHub puts get_config here.
# ruff: noqa: F821

import ipaddress

import docker
from docker.types import Healthcheck

c = get_config()


def bridge_address():
    """The host's own address on Docker's default bridge, where containers reach it."""
    bridge = docker.from_env().networks.get("bridge")
    addresses = bridge.attrs["IPAM"]["Config"][0]
    # Some engines name the range alone; the host then has its first address.
    first = next(ipaddress.ip_network(addresses["Subnet"], strict=False).hosts())
    return addresses.get("Gateway", str(first))


# --- Who may come in -------------------------------------------------------------------

# CHANGE: any name and any password will do. For trying out on one's own machine alone.
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.Authenticator.admin_users = {"admin"}

# --- Where it listens ------------------------------------------------------------------

# The public side: configurable-http-proxy, which the Hub starts itself.
# CHANGE: behind TLS or another proxy, that one's address in public_url.
c.JupyterHub.bind_url = "http://127.0.0.1:8000/"
# c.JupyterHub.public_url = "https://hub.example.com/"

# The Hub's own API, which the containers call: on the bridge, so not reachable from outside.
# A host firewall has to let the bridge in. A Hub that is a container itself uses a Docker
# network instead: hub_ip = "0.0.0.0", hub_connect_ip = its container name, and
# c.DockerSpawner.network_name = that network.
c.JupyterHub.hub_ip = bridge_address()
c.JupyterHub.hub_connect_ip = bridge_address()
c.JupyterHub.hub_port = 8081

# --- What a user gets ------------------------------------------------------------------

c.JupyterHub.spawner_class = "docker"

# CHANGE: where there is a registry, the image's full name and tag.
c.DockerSpawner.image = "waiide"
c.DockerSpawner.pull_policy = "ifnotpresent"

# The image listens where the Hub says. 8070 is its port in standalone mode as well; with
# DockerSpawner's default, 8888, it works just the same.
c.DockerSpawner.port = 8070

# The Hub and its proxy call a container by its own address, so no port of the host is taken.
# Where the Hub runs outside of Docker's host (Docker Desktop), False publishes ports instead.
c.DockerSpawner.use_internal_ip = True

# Each user's home outlives the container. The container side is the user's raw name, because
# that is the home that waiide-init makes; the volume's name is the escaped one. The named
# servers of a user share it.
c.DockerSpawner.volumes = {"{prefix}-home-{username}": "/home/{raw_username}"}

# The folder that Jupyter's own pages show. The IDE opens <home>/workspace by itself.
c.DockerSpawner.notebook_dir = "/home/{raw_username}"

# A stopped server leaves nothing but its volume. With False, the old container is started
# again, with its old environment, and a new image does not arrive.
c.DockerSpawner.remove = True

# How long until the container exists, and until its first answer. jupyterhub-singleuser takes
# about 5 s, on a loaded machine much longer.
c.Spawner.start_timeout = 120
c.Spawner.http_timeout = 120

# The browser lands on the IDE: waiide-init passes /ide to jupyterhub-singleuser as a flag, which
# beats c.Spawner.default_url.

# Set no c.Spawner.cmd: the image's own CMD is right, and so is "jupyterhub-singleuser" or
# "start-singleuser.sh", which other deployments use.

# CHANGE: limits.
# c.Spawner.mem_limit = "4G"
# c.Spawner.cpu_limit = 2

# What users run gains no rights through set-uid programs, either.
c.DockerSpawner.extra_host_config = {"security_opt": ["no-new-privileges"]}

# The Hub asks each server itself. The image's HEALTHCHECK would have the engine start a process in
# each container every ten seconds, and every five while it starts.
c.DockerSpawner.extra_create_kwargs = {"healthcheck": Healthcheck(test=["NONE"])}

# --- Several servers for one user: /user/alice/, /user/alice/another/ ------------------

# DockerSpawner's own name_template puts {servername} into the container's name. A template
# without it gives all servers of a user one container, and thereby the wrong OAuth scope.
c.JupyterHub.allow_named_servers = True
c.JupyterHub.named_server_limit_per_user = 5

# --- The end ---------------------------------------------------------------------------

# When the Hub stops, so do its proxy and the users' containers. In production set both to
# False: a restart of the Hub then goes unnoticed.
c.JupyterHub.cleanup_servers = True
c.JupyterHub.cleanup_proxy = True
