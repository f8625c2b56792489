"""A container's start with the real IDE: waiide-init, what it replaces, and what others build. Started
by scripts/bench."""

import argparse
import os
import shutil
import sys
from pathlib import Path

from cases import docker_run, opening
from container import Containers
from engine import remove_left
from entrypoints import OURS, all_entrypoints
from session import Session, catch_stops, ignore_stops, keep, machine_line, measure

CASES = [opening, docker_run]


class Bench(Session):
    """What the cases share."""

    def __init__(self, arguments):
        super().__init__()
        self.folder, self.image = arguments.folder, arguments.image
        self.tries = 3 if arguments.quick else 10
        wanted = arguments.peer and [*arguments.peer, OURS]
        self.known = [peer for peer in all_entrypoints(self.folder) if not wanted or peer.name in wanted]
        self.peers, self.absent = [], []
        parts = {
            "BENCH_NODE": str(arguments.node), "BENCH_SERVER": str(arguments.server),
            "BENCH_PRECOMPRESSED": str(arguments.precompressed),
        }
        self.containers, self.runs = Containers(self.folder, [], parts), None
        self.folder_of_run = self.containers.runs

    def choose(self, versions):
        """The peers that are here are those that have a version. Returns these, to be read."""
        self.peers = [peer for peer in self.known if peer.name in versions]
        self.absent = [peer for peer in self.known if peer.name not in versions]
        return ", ".join(f"{peer.name}: {versions[peer.name]}" for peer in self.peers)

    def end_case(self):
        self.containers.close()
        if self.runs:
            self.runs.close()

    def finish(self):
        """At the very end."""
        self.end_case()
        self.containers.remove_folder()
        if self.image:
            remove_left(own=True)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench start", description=__doc__)
    for name in ("folder", "node", "server", "precompressed"):
        parser.add_argument(f"--{name}", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--image", help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="fewer tries, in less than 7 minutes")
    names = [case.NAME for case in CASES]
    parser.add_argument("--only", action="append", choices=names, help="one case; may be repeated")
    peers = [peer.name for peer in all_entrypoints(Path())]
    parser.add_argument("--peer", action="append", choices=peers, help="one peer; may be repeated")
    parser.add_argument("--json", type=Path, metavar="FILE", required=True, help="where all samples go, with a picture beside them")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    catch_stops()
    os.umask(0o022)
    shutil.copy2(Path(__file__).with_name("api_server.py"), arguments.folder)
    bench = Bench(arguments)
    try:
        about = [machine_line(), arguments.server.name]
        print("\n".join(about), flush=True)
        cases = [case for case in CASES if not arguments.only or case.NAME in arguments.only]
        tables, is_whole = measure(bench, cases, [])
    finally:
        ignore_stops()
        bench.finish()
    keep(arguments.json, about, tables, [OURS])
    sys.exit(0 if is_whole else 1)


if __name__ == "__main__":
    main()
