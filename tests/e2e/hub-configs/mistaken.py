"""A spawner that makes a mistake by the server's name, as customised spawners do."""

# JupyterHub puts get_config here.
# ruff: noqa: F821

import json

from dockerspawner import DockerSpawner

SCOPES = ("JUPYTERHUB_OAUTH_ACCESS_SCOPES", "JUPYTERHUB_OAUTH_SCOPES")


class MistakenSpawner(DockerSpawner):
    def get_env(self):
        env = super().get_env()
        forgotten = json.dumps([f"access:servers!server={self.user.name}/"])
        prefix = env["JUPYTERHUB_SERVICE_PREFIX"]
        mistakes = {
            "forgotten": dict.fromkeys(SCOPES, forgotten),
            "never": {**dict.fromkeys(SCOPES, forgotten), "WAIIDE_REPAIR_SCOPES": "never"},
            "empty": dict.fromkeys(SCOPES, "[]"),
            "text": dict.fromkeys(SCOPES, "access:servers"),
            "base": {"JUPYTERHUB_BASE_URL": prefix},
            "host": {"JUPYTERHUB_HOST": prefix},
            "other": {**dict.fromkeys(SCOPES, forgotten), "JUPYTERHUB_SERVER_NAME": "another"},
            "open": {"WAIIDE_PERMISSIVE_IDENTITY": "on", "JUPYTERHUB_ALLOW_TOKEN_IN_URL": "1"},
        }
        env.update(mistakes.get(self.name, {}))
        if self.name == "missing":
            for name in SCOPES:
                del env[name]
        return env


c = get_config()
c.JupyterHub.spawner_class = MistakenSpawner
c.JupyterHub.named_server_limit_per_user = 0
