"""A container's start with the real IDE: waiide-init, what it replaces, and what others build. Started
by scripts/bench."""

import argparse
import shutil
from pathlib import Path

from cases import docker_run, opening
from container import Containers
from engine import remove_left
from entrypoints import OURS, all_entrypoints
from session import Session, chosen, run

CASES = [opening, docker_run]


class Bench(Session):
    """What the cases share."""

    def __init__(self, arguments):
        super().__init__()
        self.folder, self.image, self.server = arguments.folder, arguments.image, arguments.server
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

    def open(self):
        shutil.copy2(Path(__file__).with_name("api_server.py"), self.folder)

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


def head(bench):
    """What was compared, and on what."""
    return [bench.server.name]


def main():
    arguments = parse_arguments()
    run(Bench, arguments, head, chosen(CASES, arguments.only), [OURS])


if __name__ == "__main__":
    main()
