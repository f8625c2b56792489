"""Ways to get to the workbench: the VS Code server itself, what stands before it, code-server."""

from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import nginx
from jupyter import server as jupyter_server
from link import HERE
from pid_one import PidOne, gateway_config
from servers import Server

OURS, ALONE, NGINX, CODE_SERVER = "waiide-init", "VS Code server alone", "nginx with gzip", "code-server"
BARE, JUPYTER = "waiide-init, nothing compressed before", "jupyter-server-proxy"
IDE_PORT, FRONT_PORT = 8071, 8070


@dataclass(frozen=True)
class Parts:
    """What is there to be run, and where it may write."""

    folder: Path
    binary: Path
    node: Path
    server: Path
    code_server: Path
    jupyter: Path
    precompressed: Path

    @property
    def workspace(self):
        return self.folder / "workspace"


class Site:
    """The VS Code server, and nothing before it."""

    name, port = ALONE, IDE_PORT
    more = ()
    path = "/"
    # Whether its first visit differs from that of a second browser.
    has_cache = False

    def __init__(self, parts):
        self.parts = parts
        self.data = parts.folder / f"data-{self.port}"

    def is_here(self):
        return True

    def start_ide(self):
        """A server without anybody connected."""
        command = [
            self.parts.node / "bin/node", self.parts.server / "out/server-main.js", "--host", "0.0.0.0",
            "--port", IDE_PORT, "--without-connection-token", "--accept-server-license-terms",
            "--server-data-dir", self.data, "--default-folder", self.parts.workspace, *self.more,
        ]
        return self.started("ide", command, f"{self.path}version" if self.more else "/version")

    def start_front(self):
        """What has to be closed in the end."""
        return []

    def started(self, name, command, path, **more):
        log = self.parts.folder / f"{name}-{self.port}.log"
        server = Server(f"{self.name}: {name}", command, None, log, **more)
        server.wait_for(lambda: answers(self.port if name == "front" else IDE_PORT, path), path)
        return server


class Gateway(Site):
    """The gateway, with nothing kept from earlier. It stays while IDEs come and go."""

    name, port, has_cache, precompressed = BARE, FRONT_PORT, True, None

    def start_front(self):
        first = PidOne(self.parts.folder / "control.sock")
        cache = self.parts.folder / "cache"
        given = gateway_config(
            f"{HERE}:{self.port}", f"127.0.0.1:{IDE_PORT}", first.path, cache, precompressed=self.precompressed
        )
        log = self.parts.folder / f"front-{self.port}.log"
        server = Server(self.name, [self.parts.binary, "gateway"], None, log, given=given)
        return [server, first]


class Image(Gateway):
    """The same with what the image brings along."""

    name, port, has_cache = OURS, 8075, False

    def __init__(self, parts):
        super().__init__(parts)
        self.precompressed = parts.precompressed


class Nginx(Site):
    """As its documentation has it for text."""

    name, port = NGINX, 8072

    def start_front(self):
        inside = nginx.proxying(self.port, IDE_PORT, options=nginx.GZIP)
        command = nginx.command(self.parts.folder, "front", inside)
        return [Server(self.name, command, None, self.parts.folder / f"front-{self.port}.log")]


class Jupyter(Site):
    """The extension's way to a port, in a Jupyter server that lets everybody in. The VS Code server is
    told of the path that it is seen at."""

    name, port = JUPYTER, 8074
    path = f"/proxy/absolute/{IDE_PORT}/"
    more = ("--server-base-path", path)

    def is_here(self):
        return (self.parts.jupyter / "bin/jupyter-server").exists()

    def start_front(self):
        home = self.parts.folder / "jupyter-home"
        command, env = jupyter_server(
            self.parts.jupyter, home, HERE, self.port, "--ServerApp.allow_remote_access=True"
        )
        return [Server(self.name, command, None, self.parts.folder / f"front-{self.port}.log", env=env)]


class CodeServer(Site):
    """Its own front before the same VS Code server, in one process."""

    name, port = CODE_SERVER, 8073

    def is_here(self):
        return (self.parts.code_server / "out/node/entry.js").exists()

    def start_ide(self):
        command = [
            self.parts.node / "bin/node", self.parts.code_server / "out/node/entry.js", "--auth", "none",
            "--bind-addr", f"0.0.0.0:{self.port}", "--user-data-dir", self.data / "user",
            "--extensions-dir", self.data / "extensions", "--disable-telemetry", "--disable-update-check",
            self.parts.workspace,
        ]
        self.data.mkdir(exist_ok=True)
        folder = f"/?folder={self.parts.workspace}"
        return self.started("front", command, folder, env={"HOME": str(self.data)})


def all_sites(parts):
    return [kind(parts) for kind in (Image, Gateway, Site, Nginx, CodeServer, Jupyter)]


def answers(port, path):
    client = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        client.request("GET", path)
        return client.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        client.close()
