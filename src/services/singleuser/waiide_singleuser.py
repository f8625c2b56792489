"""What waiide-init adds to jupyterhub-singleuser: a refusal says why in the log, logins that went
to the server instead of the Hub get to the Hub, the prefix counts however it is escaped, its pages
get the gateway's Permissions-Policy, and, where an admin asks for it, every user of the Hub comes in.

Written by waiide-init into its run directory at each start; a change in here is lost.
"""

import atexit
import gc
import json
import os
import re
from urllib.parse import unquote_to_bytes

from jupyterhub.services.auth import HubOAuth
from jupyterhub.singleuser.extension import JupyterHubIdentityProvider
from jupyterhub.utils import url_path_join
from tornado.web import HTTPError, RequestHandler
from traitlets import default

try:
    from jupyter_server.auth.decorator import allow_unauthenticated
except ImportError:  # before 2.13, where nobody asks for it

    def allow_unauthenticated(method):
        return method


SCOPES = "JUPYTERHUB_OAUTH_ACCESS_SCOPES"


class IdentityProvider(JupyterHubIdentityProvider):
    """JupyterHub's own. It lets in whom that one lets in, and tells why it does not."""

    async def get_user(self, handler):
        user = await super().get_user(handler)
        if user is None and not hasattr(handler, "_waiide_refused"):
            # Asked more than once for one request; the answer is kept by the base class.
            visitor = await self.hub_auth.get_user(handler, sync=False)
            if visitor is not None:
                handler._waiide_refused = True
                self.refuse(handler, visitor)
        return user

    def refuse(self, handler, visitor):
        """Says in the log why a visitor whom the Hub knows is not let in, and to the visitor what to do."""
        wanted = sorted(self.hub_auth.access_scopes)
        held = sorted(scope for scope in visitor["scopes"] if scope.startswith("access:servers"))
        is_misled = own_scope() not in wanted and own_scope() in visitor["scopes"]
        self.log.warning(
            "%s %s is not let in (403): %s asks for one of %s, and of such scopes the token holds %s. %s",
            visitor["kind"],
            # A name may hold a newline, which would begin a line of its own.
            json.dumps(visitor["name"], ensure_ascii=False)[1:-1],
            SCOPES,
            json.dumps(wanted),
            json.dumps(held),
            MISLED_LOG if is_misled else STRANGER_LOG,
        )
        message = "{kind} {name} is not allowed. ".format(**visitor)
        message += MISLED_PAGE if is_misled else STRANGER_PAGE

        def raise_instead(*args, **kwargs):
            raise HTTPError(403, message)

        # In the place of a login, which would come back here for ever.
        handler.redirect = raise_instead


MISLED_LOG = (
    f"The token is right and {SCOPES} is wrong: let waiide-init put it right"
    " (--repair-scopes auto), or correct the spawner."
)
STRANGER_LOG = (
    "The Hub gives access by a share of the server, by a group, or by a role with access:servers."
)
MISLED_PAGE = (
    "The server was given the wrong OAuth scope by its spawner; the Hub's admin finds more in the"
    " server's log."
)
STRANGER_PAGE = "Its owner can share this server at the Hub, if the Hub's admin allows it."


class PermissiveHubOAuth(HubOAuth):
    """Takes any user of the Hub for one who may access this server."""

    def check_scopes(self, required_scopes, user):
        scopes = super().check_scopes(required_scopes, user)
        # A service's token is no person's.
        return scopes or ({"any user"} if user.get("kind") == "user" else set())


class PermissiveIdentityProvider(IdentityProvider):
    """Lets in everybody whose token the Hub knows as a user's. Only for --permissive-identity."""

    @default("hub_auth")
    def _permissive_hub_auth(self):
        return PermissiveHubOAuth(parent=self)


class ToTheHub(RequestHandler):
    """<prefix>hub/…: the Hub's own path, behind a prefix that some variable or proxy put before it."""

    def initialize(self, prefix, hub):
        self.prefix, self.hub = prefix, hub

    @allow_unauthenticated
    def any(self, *_):
        rest = self.request.uri[len(self.prefix) :]
        self.set_header("Cache-Control", "no-store")
        # A method other than GET stays what it is with 307 alone (RFC 9110, 15.4.8).
        is_read = self.request.method in ("GET", "HEAD")
        self.set_status(302 if is_read else 307)
        self.set_header("Location", self.hub + rest)

    get = head = post = put = patch = delete = options = any

    def check_xsrf_cookie(self):
        """Nothing is done here that another site could want."""


class OtherSpelling(RequestHandler):
    """The server's prefix with other characters escaped than the Hub escapes. They mean the same
    (RFC 3986, 6.2.2.2), and Jupyter compares text; VS Code asks for its parts with + and ' bare.
    """

    def initialize(self, prefix, spelling):
        self.prefix, self.spelling = prefix, spelling

    @allow_unauthenticated
    def any(self, *_):
        # Answered there and not here: cookies are for the Hub's spelling alone.
        rest = self.request.uri[self.spelling.match(self.request.uri).end() :]
        self.redirect(self.prefix + rest, status=307)

    get = head = post = put = patch = delete = options = any

    def check_xsrf_cookie(self):
        """Nothing is done here that another site could want."""


def other_spellings(prefix):
    """A pattern for all spellings of a prefix but this one."""

    def one(byte):
        escaped = f"(?i:%{byte:02x})"
        # A slash that is escaped is part of a name, and a bare one is none (RFC 3986, 2.2).
        is_one = byte < 128 and byte != ord("/")
        return f"(?:{re.escape(chr(byte))}|{escaped})" if is_one else escaped

    any_spelling = "/".join("".join(map(one, unquote_to_bytes(part))) for part in prefix.split("/"))
    return re.compile(f"(?!{re.escape(prefix)}){any_spelling}")


def own_scope():
    """The scope of this server, as the Hub makes it."""
    user = os.environ.get("JUPYTERHUB_USER", "")
    name = os.environ.get("JUPYTERHUB_SERVER_NAME", "")
    return f"access:servers!server={user}/{name}"


class Strays:
    """Requests for another server of the Hub's: the container is not the one that the Hub takes it for."""

    def __init__(self, app, prefix, users, log_request):
        self.app, self.prefix, self.users, self.log_request = app, prefix, users, log_request
        self.is_told = False

    def __call__(self, handler):
        self.log_request(handler)
        if not self.is_told and handler.get_status() == 404 and self.is_stray(handler.request.path):
            self.is_told = True
            self.app.log.warning(
                "The Hub asks for %s, and this container is the server at %s: it was started for"
                " another server of the same Hub. Most likely DockerSpawner started a kept container"
                " again, whose name_template lacks {servername}. Remove the container and spawn anew;"
                " c.DockerSpawner.remove = True keeps it from coming back.",
                handler.request.path,
                self.prefix,
            )

    def is_stray(self, path):
        """Whether a path is that of the Hub's first question, GET <prefix>api, to another server."""
        parts = path[len(self.users) :].split("/") if path.startswith(self.users) else []
        return parts[-1:] == ["api"] and len(parts) in (2, 3)


def add_header(settings, name, value):
    """Adds a header to Jupyter's own pages, where the configuration has set none of this name. What
    other servers behind jupyter-server-proxy answer is left as it is."""
    headers = settings.setdefault("headers", {})
    if name.lower() not in (other.lower() for other in headers):
        headers[name] = value


def _jupyter_server_extension_points():
    return [{"module": "waiide_singleuser"}]


def end_quickly():
    """Keeps Python from looking for garbage in all that a server has loaded, at the very end: that takes
    half a second, and the process's end gives everything back anyway (gc.freeze in Python's manual).
    """
    atexit.register(gc.freeze)


def _load_jupyter_server_extension(app):
    end_quickly()
    settings = app.web_app.settings
    prefix = settings["base_url"]
    policy = app.config.get("WaiideSingleuser", {}).get("permissions_policy")
    if policy:
        add_header(settings, "Permissions-Policy", policy)
    # The older form of jupyterhub-singleuser has no identity provider of ours.
    hub_auth = getattr(app.identity_provider, "hub_auth", None) or HubOAuth(parent=app)
    hub = hub_auth.hub_host + url_path_join(hub_auth.hub_prefix, "/")
    if hub != url_path_join(prefix, "hub/"):
        pattern = url_path_join(re.escape(prefix), "hub", "(.*)")
        place = {"prefix": url_path_join(prefix, "hub/"), "hub": hub}
        app.web_app.add_handlers(".*$", [(pattern, ToTheHub, place)])
    spelling = other_spellings(prefix)
    others = {"prefix": prefix, "spelling": spelling}
    app.web_app.add_handlers(".*$", [(spelling.pattern + ".*", OtherSpelling, others)])
    users = hub_auth.hub_prefix.removesuffix("hub/") + "user/"
    settings["log_function"] = Strays(app, prefix, users, settings["log_function"])
