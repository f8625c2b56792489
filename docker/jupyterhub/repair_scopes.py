"""A spawner class that gives each named server its own scope.

Needed where an earlier customisation of the spawner has named servers started with the scope of
the default server, `access:servers!server=alice/`: the Hub then answers 403 to everybody. No
release of JupyterHub does that by itself. `load_subconfig` this file, or copy it. Take this one or
repair_scopes_patch.py; this one is for those who choose their spawner class here anyway.
"""

# JupyterHub puts get_config here.
# ruff: noqa: F821

import json

from dockerspawner import DockerSpawner

c = get_config()

# The second is what JupyterHub before 3 called it; later ones set both.
VARIABLES = ("JUPYTERHUB_OAUTH_ACCESS_SCOPES", "JUPYTERHUB_OAUTH_SCOPES")


def stock_scopes(user, server):
    """What JupyterHub itself gives a server. Names are raw here, not escaped."""
    return [f"access:servers!server={user}/{server}", f"access:servers!user={user}"]


def read_scopes(text):
    """The scopes in a variable's value; None if it is no list of scopes, or an empty one."""
    try:
        scopes = json.loads(text)
    except (TypeError, ValueError):
        return None
    is_list = isinstance(scopes, list) and all(isinstance(each, str) for each in scopes)
    return (scopes or None) if is_list else None


def repaired(scopes, user, server):
    """The same scopes in the same order, with this server's in the default server's place."""
    right, wrong = f"access:servers!server={user}/{server}", f"access:servers!server={user}/"
    if right in scopes:
        return scopes
    if wrong in scopes:
        return [right if each == wrong else each for each in scopes]
    return [*scopes, right]


class RepairScopes:
    """Put before any spawner class: `class Mine(RepairScopes, ThatSpawner): pass`."""

    def get_env(self):
        env = super().get_env()
        if self.name:  # the default server has none, and its scope is right
            for variable in VARIABLES:
                self.repair_scopes(env, variable)
        return env

    def repair_scopes(self, env, variable):
        user, server = self.user.name, self.name
        given = read_scopes(env.get(variable))
        scopes = repaired(given, user, server) if given else stock_scopes(user, server)
        if scopes != given:
            self.log.warning("%s of %s/%s: %s instead of %s", variable, user, server, scopes, given)
            env[variable] = json.dumps(scopes)


# CHANGE: the spawner class that you have.
class RepairingSpawner(RepairScopes, DockerSpawner):
    """The spawner as it was, with the right scopes."""


c.JupyterHub.spawner_class = RepairingSpawner
