"""Policies without a microphone: at the server called "shut", and, if TEST_SHUT_HUB is set, on the
Hub's own pages.
"""

# JupyterHub puts get_config here.
# ruff: noqa: F821

import json
import os

SHUT = {"headers": {"Permissions-Policy": "microphone=()"}}


def shut(spawner):
    if spawner.name == "shut":
        # Without a cmd they stand behind the image's own.
        spawner.args = [f"--ServerApp.tornado_settings={json.dumps(SHUT)}"]


c = get_config()
c.Spawner.pre_spawn_hook = shut
if "TEST_SHUT_HUB" in os.environ:
    c.JupyterHub.tornado_settings = SHUT
