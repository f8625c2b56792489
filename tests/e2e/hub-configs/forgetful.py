"""A Hub whose spawner forgets a server's name in its scopes, where a start asks for that."""

# JupyterHub puts get_config here.
# ruff: noqa: F821

import json

from dockerspawner import DockerSpawner

c = get_config()


class ForgetfulSpawner(DockerSpawner):
    """DockerSpawner, customised badly."""

    def get_env(self):
        env = super().get_env()
        if self.user_options.get("forget"):
            user = self.user.name
            wrong = json.dumps([f"access:servers!server={user}/", f"access:servers!user={user}"])
            env["JUPYTERHUB_OAUTH_ACCESS_SCOPES"] = wrong
            env["JUPYTERHUB_OAUTH_SCOPES"] = wrong
        return env


c.JupyterHub.spawner_class = ForgetfulSpawner
