"""waiide-init and its peers as PID 1, side by side. Started by scripts/bench."""

import argparse
from pathlib import Path

from cases import idle, lost_term, reaping, respawn, starting, stopping
from container import Containers
from peers import PROGRAM, RUN, all_peers
from report import NOT_HERE
from session import Session, chosen, run

CASES = [starting, respawn, stopping, lost_term, reaping, idle]


class Bench(Session):
    """What the cases share."""

    def __init__(self, arguments):
        super().__init__()
        self.folder, self.quick = arguments.folder, arguments.quick
        known = all_peers(self.folder)
        self.peers = [peer for peer in known if peer.is_here()]
        self.absent = [peer for peer in known if not peer.is_here()]
        self.containers = Containers(self.folder)

    def start_each(self, peers):
        """A container for each, its service running."""
        return [self.containers.start_running(peer) for peer in peers]

    def add_absent(self, table, applies=lambda _peer: True):
        """Names the peers that could not be had."""
        for peer in filter(applies, self.absent):
            table.add(peer.name, **{table.columns[0][0]: NOT_HERE})

    def end_case(self):
        self.containers.close()

    def finish(self):
        super().finish()
        self.containers.remove_folder()


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench supervisor", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="fewer tries, in less than 3 minutes")
    names = [case.NAME for case in CASES]
    parser.add_argument("--only", action="append", choices=names, help="one case; may be repeated")
    parser.add_argument("--json", type=Path, metavar="FILE", required=True, help="where all samples go, with a picture beside them")
    return parser.parse_args()


def head(bench):
    """What was compared, and on what."""
    shown = {RUN: "waiide-init sha256"}
    versions = [
        f"{shown.get(peer.name, peer.name)} {peer.version_text()[:20]}"
        for peer in bench.peers
        if peer.name != PROGRAM
    ]
    return [", ".join(versions), *(f"{peer.name}: {NOT_HERE}" for peer in bench.absent)]


def main():
    arguments = parse_arguments()
    ours = [RUN, PROGRAM]
    run(Bench, arguments, head, chosen(CASES, arguments.only), ours, ours)


if __name__ == "__main__":
    main()
