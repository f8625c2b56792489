"""Each user's servers with a policy by the user's name, and the tests' extension in new homes."""

# JupyterHub puts get_config here.
# ruff: noqa: F821

import os

POLICIES = {"bob": "off", "carol": "microphone=()"}


def choose_policy(spawner):
    policy = POLICIES.get(spawner.user.name)
    if policy:
        spawner.environment = {**spawner.environment, "WAIIDE_PERMISSIONS_POLICY": policy}


c = get_config()
c.Spawner.pre_spawn_hook = choose_policy
c.DockerSpawner.read_only_volumes = {
    os.environ["TEST_EXTENSION"]: "/etc/skel/.WAIIDE-server/extensions/waiide.proof-1.0.0",
}
