"""A Hub that was customised badly: named servers get the default server's scope, or worse."""

# JupyterHub puts get_config here.
# ruff: noqa: F821

import json

from jupyterhub.spawner import Spawner

c = get_config()
c.JupyterHub.allow_named_servers = True

VARIABLES = ("JUPYTERHUB_OAUTH_ACCESS_SCOPES", "JUPYTERHUB_OAUTH_SCOPES")
stock_env = Spawner.get_env


def scopes_of(spawner):
    """What was found in the wild, among what an admin has added; by the server's name, worse."""
    wrong = [f"access:servers!server={spawner.user.name}/", "custom:first", "access:servers!group=b"]
    return {"empty": "[]", "text": "['x']", "null": "null"}.get(spawner.name, json.dumps(wrong))


def wrong_env(self):
    env = stock_env(self)
    env.update(dict.fromkeys(VARIABLES, scopes_of(self)))
    # The container puts scopes right by itself; here that is left to the Hub.
    env["WAIIDE_REPAIR_SCOPES"] = "never"
    return env


Spawner.get_env = wrong_env
