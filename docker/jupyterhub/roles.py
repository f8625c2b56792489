"""Who may do what: the roles of users, of their servers, and of those who help them.

`load_subconfig` this file, or copy it. It takes JupyterHub 5 or later, for sharing.
"""

# JupyterHub puts get_config here.
# ruff: noqa: F821

c = get_config()

c.JupyterHub.load_roles = [
    {
        "name": "user",
        "scopes": [
            # Everything of one's own, and with it access:servers!user: all servers of one's own.
            # "access:servers" without a filter would open everybody's server to every user.
            "self",
            # Sharing a server of one's own, by the Hub's API, ...
            "shares!user",
            # ... with people and groups that one can name. A share code needs neither.
            "read:users:name",
            "read:groups:name",
        ],
    },
    {
        # What a server's own token may do. These are JupyterHub's own, written down so that a
        # role of this name from somewhere else is noticed.
        "name": "server",
        "scopes": ["access:servers!server", "users:activity!user"],
    },
    {
        # CHANGE: those who may enter others' servers without being admins. Nobody is in the
        # group until an admin puts somebody there.
        "name": "support",
        "scopes": ["access:servers", "list:users", "read:servers"],
        "groups": ["support"],
    },
]
c.JupyterHub.load_groups = {"support": {"users": []}}
