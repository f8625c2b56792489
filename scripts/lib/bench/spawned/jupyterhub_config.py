# On top of docker/jupyterhub's: each user gets the image that their name's letters say, and the same
# Hub thereby spawns all that is compared. BENCH_PEERS is JSON, written by hub_peers.py.

# JupyterHub puts get_config here.
# ruff: noqa: F821

import json
import os

c = get_config()

PEERS = json.loads(os.environ["BENCH_PEERS"])


def choose_image(spawner):
    peer = PEERS[spawner.user.name.rstrip("0123456789")]
    home = peer["home"].format(user=spawner.user.name)
    spawner.image = peer["image"]
    spawner.default_url = peer["page"]
    spawner.notebook_dir = home
    spawner.volumes = {"{prefix}-home-{username}": home}


c.Spawner.pre_spawn_hook = choose_image
# All of twenty share the processors.
c.Spawner.start_timeout = 600
c.Spawner.http_timeout = 600
c.JupyterHub.log_level = "WARN"
