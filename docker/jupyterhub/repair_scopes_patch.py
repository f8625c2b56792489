"""The smaller way to give each named server its own scope: a patch of get_env.

For the same trouble as repair_scopes.py, where the spawner class is to stay as it is configured.
`load_subconfig` this file, or copy it.
"""

import json

from dockerspawner import DockerSpawner


def scopes_with(server_scope, default_scope, text):
    """The list in a variable's value, where the server's scope takes the default server's place."""
    try:
        scopes = json.loads(text)
    except ValueError:
        scopes = None
    scopes = scopes if isinstance(scopes, list) else []
    scopes = [server_scope if each == default_scope else each for each in scopes]
    return scopes if server_scope in scopes else [*scopes, server_scope]


def patch_get_env(spawner_class):
    """Has a spawner class give named servers their own scope."""
    unpatched = spawner_class.get_env

    def get_env(self):
        env = unpatched(self)
        # Names are raw here, as they are in scopes.
        default_scope = f"access:servers!server={self.user.name}/"
        for name in ("JUPYTERHUB_OAUTH_ACCESS_SCOPES", "JUPYTERHUB_OAUTH_SCOPES"):
            if self.name and name in env:
                scopes = scopes_with(default_scope + self.name, default_scope, env[name])
                env[name] = json.dumps(scopes)
        return env

    spawner_class.get_env = get_env


# CHANGE: the class that c.JupyterHub.spawner_class names. One further up the line, such as
# jupyterhub.spawner.Spawner, does not see what a class below it does to the variables.
patch_get_env(DockerSpawner)
