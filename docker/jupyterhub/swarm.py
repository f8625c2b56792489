"""Users' servers as services of a Docker Swarm, on whichever of its nodes has room.

`load_subconfig` this file, or copy it. The Hub runs on a manager node, outside of a container.
Each server's port is published by the node that runs it, on a number that the node chooses, and
the Hub's proxy goes straight there: no overlay network and no routing mesh in between.
Tried with DockerSpawner 14 and Docker Engine 20.10.
"""

# JupyterHub puts get_config here.
# ruff: noqa: F821

import docker
from docker.types import Healthcheck, Mount, RestartPolicy
from dockerspawner import SwarmSpawner

c = get_config()


class NodePortSpawner(SwarmSpawner):
    """SwarmSpawner with named volumes, and with ports that the nodes themselves publish."""

    @property
    def mounts(self):
        """The volumes of `c.DockerSpawner.volumes`. SwarmSpawner takes them all for paths."""
        return [
            Mount(
                target=volume["bind"],
                source=source,
                type="bind" if source.startswith("/") else "volume",
                read_only=volume["mode"] == "ro",
                driver_config=None if source.startswith("/") else self.mount_driver_config,
            )
            for source, volume in self.volume_binds.items()
        ]

    async def get_ip_and_port(self):
        """The address of the node that the server runs on, and the port there."""
        task = await self.get_task()
        node = await self.docker("inspect_node", task["NodeID"])
        # One entry for each family of addresses.
        ports = task["Status"]["PortStatus"]["Ports"]
        port = next(each["PublishedPort"] for each in ports if each["TargetPort"] == self.port)
        return node["Status"]["Addr"], port


c.JupyterHub.spawner_class = NodePortSpawner
c.SwarmSpawner.use_internal_ip = False
c.SwarmSpawner.extra_endpoint_spec = {"ports": {None: (8070, "tcp", "host")}}

# A server that its user has shut down stays down: a Swarm's own way is to start it again.
c.SwarmSpawner.extra_task_spec = {"restart_policy": RestartPolicy(condition="none")}

# The Hub asks each server itself. By the image's HEALTHCHECK a Swarm would hold a start back for
# half a minute, and end a server of which a part is down, while waiide-init starts that part again.
c.SwarmSpawner.extra_container_spec = {"healthcheck": Healthcheck(test=["NONE"])}
# What says so for DockerSpawner is none of a service's own.
c.SwarmSpawner.extra_create_kwargs = {}

# Servers on other nodes call the Hub at this node's address. CHANGE: the nodes' network has to
# be one that strangers can't reach, or a firewall keeps them from this port and the servers'.
address = docker.from_env().info()["Swarm"]["NodeAddr"]
c.JupyterHub.hub_ip = address
c.JupyterHub.hub_connect_ip = address

# CHANGE: a home has to be reached from each node. With a volume driver of your cluster's:
# c.SwarmSpawner.volume_driver = "local"
# c.SwarmSpawner.volume_driver_options = {
#     "type": "nfs",
#     "o": "addr=nfs.example.com,rw",
#     "device": ":/homes/{username}",
# }
# or with a file system that all nodes have mounted:
# c.DockerSpawner.volumes = {"/homes/{username}": "/home/{raw_username}"}
# As it stands each node has volumes of its own, so one node has to keep all homes:
# c.SwarmSpawner.extra_placement_spec = {"constraints": ["node.labels.homes == true"]}

# CHANGE: the image is pulled by each node, from a registry that all of them reach.
# c.DockerSpawner.image = "registry.example.com/waiide:1.0"
