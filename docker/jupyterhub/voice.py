"""The Hub's own pages with a Permissions-Policy that lets a page of the site use the microphone.

`load_subconfig` this file last, or copy it. Voice in the IDE does not take it: there waiide-init
sends the header, which nothing that is set here reaches. It is for the Hub's own pages, and for
what checks a site's headers there.
"""

# JupyterHub puts get_config here.
# ruff: noqa: F821

from traitlets.config import LazyConfigValue

# CHANGE: the policy. It is the one that waiide-init sends by itself; `microphone=()` shuts it off.
POLICY = (
    "microphone=(self), camera=(self), display-capture=(self), clipboard-read=(self), "
    "clipboard-write=(self)"
)


class PolicyAdded(LazyConfigValue):
    """The tornado_settings of all other files, with one header more.

    A file that load_subconfig loads does not see them. Set or updated there, `headers` would take
    the place of all of theirs, of a Content-Security-Policy, for one.
    """

    def merge_into(self, other):
        if not isinstance(other, LazyConfigValue):
            return super().merge_into(other)
        self.update(other.get_value({}))
        return self

    def get_value(self, initial):
        settings = super().get_value(initial)
        settings["headers"] = {**settings.get("headers", {}), "Permissions-Policy": POLICY}
        return settings


c = get_config()
c.JupyterHub.tornado_settings = PolicyAdded().merge_into(c.JupyterHub.tornado_settings)
