"""Two of docker/jupyterhub's files together: servers on a Swarm, with their scopes put right."""

# JupyterHub puts get_config here.
# ruff: noqa: F821

import os
import runpy

from traitlets.config import Config

c = get_config()


def classes_of(name):
    """What a configuration file defines, without what it sets."""
    return runpy.run_path(f"{os.environ['TEST_CONFIGS']}/{name}", {"get_config": Config})


RepairScopes = classes_of("repair_scopes.py")["RepairScopes"]
NodePortSpawner = classes_of("swarm.py")["NodePortSpawner"]


class RepairingSwarmSpawner(RepairScopes, NodePortSpawner):
    pass


c.JupyterHub.spawner_class = RepairingSwarmSpawner
# By its id no node looks for it in a registry.
c.SwarmSpawner.image = os.environ["TEST_IMAGE_ID"]
# What a server does by itself is noticed soon.
c.Spawner.poll_interval = 2
