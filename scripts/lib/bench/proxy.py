"""The gateway and its peers as reverse proxies, side by side. Started by scripts/bench, in a
network namespace of its own: its ports are nobody else's."""

import argparse
import itertools
import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import nginx
from cases import compressing, rewriting, serving, sockets
from proxies import OURS, REFERENCE, Programs, all_proxies
from report import NOT_HERE
from servers import Server, loopback_up, two_cores
from session import Session, chosen, new_folder, run

CASES = [*serving.CASES, *sockets.CASES, rewriting, compressing]
FILES_PORT, ECHO_PORT, FIRST_PORT = 9000, 9001, 10_000


class Bench(Session):
    """What the cases share."""

    files_port, echo_port = FILES_PORT, ECHO_PORT

    def __init__(self, arguments):
        super().__init__()
        self.folder, self.quick, self.only_peers = arguments.folder, arguments.quick, arguments.peer
        self.rounds, self.seconds = (3, 1) if self.quick else (7, 4)
        self.proxy_core, self.load_core = two_cores()
        self.run_folder = new_folder(self.folder / "run")
        # The same all along, also while another run of the benchmark brings another one.
        self.binary = Path(shutil.copy2(arguments.binary, self.run_folder / "waiide-init"))
        programs = Programs(
            self.binary, self.folder / "jupyter", arguments.node, arguments.code_server,
            arguments.configurable_http_proxy,
        )
        known = self.chosen(all_proxies(programs))
        self.peers = [proxy for proxy in known if proxy.is_here()]
        self.absent = [proxy for proxy in known if not proxy.is_here()]
        self.running, self.backends = [], []
        self.ports = itertools.count(FIRST_PORT)

    def chosen(self, proxies):
        """Those that were asked for, ours, and nginx, which all are compared with."""
        wanted = self.only_peers and [*self.only_peers, OURS, REFERENCE]
        return [proxy for proxy in proxies if not wanted or proxy.name in wanted]

    def next_port(self):
        return next(self.ports)

    def open(self):
        """The backends, on the load's core."""
        self.case = "backends"
        open_network()
        root = self.run_folder / "files"
        write_files(root)
        always = 'location /immutable/ { add_header Cache-Control "public, max-age=31536000"; }'
        inside = nginx.files(FILES_PORT, root, always + nginx.sockets("/echo", ECHO_PORT))
        self.add_backend(nginx.command(self.run_folder, "files", inside), FILES_PORT)
        self.add_backend([self.folder / "bin/echo", ECHO_PORT], ECHO_PORT)

    @contextmanager
    def on_all_cores(self):
        """What is started meanwhile is bound to no core."""
        bound, self.proxy_core = self.proxy_core, None
        try:
            yield
        finally:
            self.proxy_core = bound

    def add_backend(self, command, port):
        log = self.run_folder / f"backend-{port}.log"
        self.backends.append(Server(f"backend {command[0]}", command, self.load_core, log))
        self.backends[-1].wait_port(port)

    def end_case(self):
        while self.running:
            self.running.pop().close()

    def finish(self):
        """At the very end."""
        self.end_case()
        for server in self.backends:
            server.close()
        shutil.rmtree(self.run_folder, ignore_errors=True)


def write_files(root):
    (root / "immutable").mkdir(parents=True)
    for name, size in serving.SIZES.items():
        (root / f"{name}.bin").write_bytes(os.urandom(size))
    (root / rewriting.PAGE[1:]).write_text(rewriting.page())
    for path in compressing.TEXTS:
        (root / path[1:]).write_bytes(compressing.text())


def open_network():
    """Loopback comes down in a new namespace. A connection for each request takes many ports,
    which are free again at once."""
    loopback_up()
    ipv4 = Path("/proc/sys/net/ipv4")
    (ipv4 / "ip_local_port_range").write_text("20000 65000")
    (ipv4 / "tcp_tw_reuse").write_text("1")


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench proxy", description=__doc__)
    for name in ("folder", "node", "code-server", "configurable-http-proxy"):
        parser.add_argument(f"--{name}", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--binary", type=Path, required=True, help="the waiide-init to measure")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter tries, in less than 4 minutes")
    names = [case.NAME for case in CASES]
    parser.add_argument("--only", action="append", choices=names, help="one case; may be repeated")
    peers = [proxy.name for proxy in all_proxies(Programs())]
    parser.add_argument("--peer", action="append", choices=peers, help="one peer; may be repeated")
    parser.add_argument("--json", type=Path, metavar="FILE", required=True, help="where all samples go, with a picture beside them")
    return parser.parse_args()


def head(bench):
    """What was compared, and on what."""
    texts = [proxy.version_text() for proxy in bench.peers if proxy.version]
    where = f"the peer on core {bench.proxy_core}, load and backend on core {bench.load_core}, by turns"
    how = f"{where}, {bench.rounds} rounds of {bench.seconds} s"
    lines = [how, ", ".join(texts).replace(OURS, f"{OURS} sha256")]
    if bench.proxy_core == bench.load_core:
        lines.append("there is but one core: the figures are of peer, load and backend together")
    return lines + [f"{proxy.name}: {NOT_HERE}" for proxy in bench.absent]


def main():
    arguments = parse_arguments()
    run(Bench, arguments, head, chosen(CASES, arguments.only), [OURS])


if __name__ == "__main__":
    main()
