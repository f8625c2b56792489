"""A container's start with the real IDE: waiide-init, what it replaces, and what others build. Started
by scripts/bench, in a network namespace of its own."""

import argparse
import os
import shutil
import sys
from pathlib import Path

from cases import opening
from container import Containers
from entrypoints import OURS, all_entrypoints
from report import NOT_HERE
from servers import loopback_up
from session import Session, catch_stops, ignore_stops, keep, machine_line, measure

CASES = [opening]


class Bench(Session):
    """What the cases share."""

    def __init__(self, arguments):
        super().__init__()
        self.folder, self.tries = arguments.folder, 3 if arguments.quick else 10
        wanted = arguments.peer and [*arguments.peer, OURS]
        known = [peer for peer in all_entrypoints(self.folder) if not wanted or peer.name in wanted]
        self.peers = [peer for peer in known if peer.is_here()]
        self.absent = [peer for peer in known if not peer.is_here()]
        parts = {"BENCH_NODE": str(arguments.node), "BENCH_SERVER": str(arguments.server)}
        # The browser stands in the same network.
        self.containers = Containers(self.folder, [], parts)

    def end_case(self):
        self.containers.close()


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench start", description=__doc__)
    for name in ("folder", "node", "server"):
        parser.add_argument(f"--{name}", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="fewer tries, in less than 4 minutes")
    names = [case.NAME for case in CASES]
    parser.add_argument("--only", action="append", choices=names, help="one case; may be repeated")
    peers = [peer.name for peer in all_entrypoints(Path())]
    parser.add_argument("--peer", action="append", choices=peers, help="one peer; may be repeated")
    parser.add_argument("--json", type=Path, metavar="FILE", required=True, help="where all samples go, with a picture beside them")
    return parser.parse_args()


def head(bench, arguments):
    """What was compared, and on what."""
    versions = [f"{peer.name}: {peer.version_text()[:20]}" for peer in bench.peers]
    lines = [machine_line(), ", ".join([*versions, arguments.server.name])]
    return lines + [f"{peer.name}: {NOT_HERE}" for peer in bench.absent]


def main():
    arguments = parse_arguments()
    catch_stops()
    os.umask(0o022)
    loopback_up()
    shutil.copy2(Path(__file__).with_name("api_server.py"), arguments.folder)
    bench = Bench(arguments)
    try:
        about = head(bench, arguments)
        print("\n".join(about), flush=True)
        tables, is_whole = measure(bench, CASES, [])
    finally:
        ignore_stops()
        bench.end_case()
        bench.containers.remove_folder()
    keep(arguments.json, about, tables, [OURS])
    sys.exit(0 if is_whole else 1)


if __name__ == "__main__":
    main()
