"""The gateway and its peers: how each is told to pass on requests, by its documentation."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import nginx
from jupyter import server as jupyter_server
from pid_one import PidOne, gateway_config
from servers import Server

OURS, REFERENCE, DIRECT = "waiide-init", "nginx", "no proxy"
PLUS, TELLING = "nginx, large buffers", "nginx, X-Forwarded-*"
JUPYTER, PYTHON = "jupyter-server-proxy", "http.server proxy"
CHP, CODE_SERVER = "configurable-http-proxy", "code-server"
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Way:
    """What a peer is to do: take connections on one port and pass them on to another."""

    folder: Path
    core: int | None
    port: int
    backend: int
    base: str = "/"

    @property
    def name(self):
        return f"peer-{self.port}"

    def server(self, command, **more):
        return Server(self.name, command, self.core, self.folder / f"{self.name}.log", **more)


@dataclass(frozen=True)
class Programs:
    """Where the peers are that are no packages of the system."""

    binary: Path = Path()
    jupyter: Path = Path()
    node: Path = Path()
    code_server: Path = Path()
    chp: Path = Path()


@dataclass(frozen=True)
class Proxy:
    """A peer."""

    name: str
    # Takes a Way and returns what has to be closed in the end, a Server first where there is one.
    begin: Callable
    # What has to be there, and what says its version.
    file: str = "/"
    version: tuple = ()
    # What its paths start with; takes the Way.
    prefix: Callable = lambda way: way.base.rstrip("/")
    # Whether it is far behind the rest, so that few tries say enough.
    is_slow: bool = False
    # Whether more than one WebSocket can be open at a time.
    takes_sockets: bool = True

    def is_here(self):
        return Path(self.file).exists()

    def version_text(self):
        """Its version, for the head of the report."""
        done = subprocess.run(self.version, capture_output=True, text=True)
        return f"{self.name} {(done.stdout or '?').splitlines()[0][:20]}"


def packaged(name, package, begin):
    version = ("dpkg-query", "-W", "-f", "${Version}", package)
    return Proxy(name, begin, f"/usr/sbin/{package}", version)


def waiide(binary):
    def begin(way):
        first = PidOne(way.folder / f"{way.name}.sock")
        listen, ide = f"127.0.0.1:{way.port}", f"127.0.0.1:{way.backend}"
        given = gateway_config(listen, ide, first.path, way.folder / f"{way.name}.cache", way.base)
        return [way.server([binary, "gateway"], given=given), first]

    return Proxy(OURS, begin, str(binary), ("sha256sum", str(binary)))


def nginx_with(name, options="", workers=1):
    def begin(way):
        inside = nginx.proxying(way.port, way.backend, way.base, options)
        return [way.server(nginx.command(way.folder, way.name, inside, workers=workers))]

    return packaged(name, "nginx", begin)


HAPROXY = """
global
  nbthread 1
  maxconn 8192
defaults
  mode http
  timeout connect 10s
  timeout client 60s
  timeout server 60s
  timeout tunnel 1h
  http-reuse always
listen proxy
  bind 127.0.0.1:{port} backlog 4096
  server backend 127.0.0.1:{backend}
"""


def haproxy():
    def begin(way):
        path = way.folder / f"{way.name}.cfg"
        path.write_text(HAPROXY.format(port=way.port, backend=way.backend))
        return [way.server(["haproxy", "-db", "-f", path])]

    return packaged("haproxy", "haproxy", begin)


def jupyter(environment):
    def begin(way):
        command, env = jupyter_server(environment, way.folder / way.name, "127.0.0.1", way.port)
        return [way.server(command, env=env)]

    python = environment / "bin/python"
    ask = "from importlib.metadata import version; print(version('jupyter-server-proxy'))"
    file = str(environment / "bin/jupyter-server")
    return Proxy(
        JUPYTER, begin, file, (str(python), "-c", ask), lambda way: f"/proxy/{way.backend}", is_slow=True
    )


def python_proxy():
    def begin(way):
        return [way.server([sys.executable, "-B", HERE / "python_proxy.py", way.port, way.backend])]

    version = (sys.executable, "-c", "import platform; print(platform.python_version())")
    return Proxy(PYTHON, begin, version=version, is_slow=True, takes_sockets=False)


def chp(node, folder):
    """As a Hub starts it, with one route, to what is below its root."""

    def begin(way):
        command = [
            node / "bin/node", folder / "bin/configurable-http-proxy", "--ip", "127.0.0.1", "--port", way.port,
            "--api-ip", "127.0.0.1", "--api-port", way.port + 10_000, "--log-level", "error",
            "--default-target", f"http://127.0.0.1:{way.backend}",
        ]
        env = {"CONFIGPROXY_AUTH_TOKEN": "benchmark", "NODE_ENV": "production"}
        return [way.server(command, env=env)]

    file = str(folder / "bin/configurable-http-proxy")
    return Proxy(CHP, begin, file, (str(node / "bin/node"), file, "--version"))


def code_server(node, folder):
    """Its way to what the user starts on a port, without a password."""

    def begin(way):
        home = way.folder / way.name
        home.mkdir()
        command = [
            node / "bin/node", folder / "out/node/entry.js", "--auth", "none", "--bind-addr",
            f"127.0.0.1:{way.port}", "--user-data-dir", home, "--extensions-dir", home / "extensions",
            "--disable-telemetry", "--disable-update-check",
        ]
        return [way.server(command, env={"HOME": str(home), "NODE_ENV": "production"})]

    file = str(folder / "out/node/entry.js")
    ask = f"console.log(require('{folder}/package.json').version)"
    return Proxy(
        CODE_SERVER, begin, file, (str(node / "bin/node"), "-e", ask), lambda way: f"/proxy/{way.backend}"
    )


def direct():
    return Proxy(DIRECT, lambda _way: [])


def all_proxies(programs):
    """All of them, the gateway first."""
    return [
        waiide(programs.binary),
        nginx_with(REFERENCE),
        nginx_with(PLUS, nginx.LARGE_BUFFERS),
        nginx_with(TELLING, nginx.FORWARDED),
        haproxy(),
        chp(programs.node, programs.chp),
        code_server(programs.node, programs.code_server),
        jupyter(programs.jupyter),
        python_proxy(),
        direct(),
    ]
