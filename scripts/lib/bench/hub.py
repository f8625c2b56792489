"""Servers that a real JupyterHub spawns with DockerSpawner: waiide-init's image, and the same VS Code
server behind its peers. Started by scripts/bench."""

import argparse
import itertools
import shutil
import time
from pathlib import Path

from cases import spawned, twenty
from hub_peers import OURS, all_peers
from hubs import Hub
from report import NOT_HERE
from session import NoAnswer, Session, chosen, new_folder, run

CASES = [*spawned.CASES, twenty]
# How long the tries may take, and the crowds as much again, in seconds.
SECONDS, QUICK_SECONDS = 540, 110


class Bench(Session):
    """What the cases share."""

    def __init__(self, arguments):
        super().__init__()
        self.quick = quick = arguments.quick
        self.tries, self.memory_tries, self.settling = (2, 1, 5) if quick else (6, 3, 12)
        self.crowd, self.crowds = (5, 1) if quick else (20, 2)
        wanted = arguments.peer and [*arguments.peer, OURS]
        known = [peer for peer in all_peers() if not wanted or peer.name in wanted]
        self.peers = [peer for peer in known if peer.is_here()]
        self.absent = [peer for peer in known if not peer.is_here()]
        self.numbers = itertools.count(1)
        self.lives = spawned.Lives(arguments.only or [case.NAME for case in CASES])
        self.run_folder = new_folder(arguments.folder / "run")
        self.hub = None

    def open(self):
        """The Hub, and one server of each peer that is not measured: what comes from the disk is in
        memory then, and who does not work at all is known."""
        self.case = "first visits"
        self.progress("the Hub")
        self.hub = Hub(self.run_folder, self.peers)
        self.hub.wait()
        for peer in self.peers:
            self.progress(peer.name)
            try:
                spawned.one_life(self, peer, False)
            except NoAnswer as reason:
                self.fail(peer, reason)

    def new_user(self, peer):
        return f"{peer.users}{next(self.numbers)}"

    def discard(self, user):
        """What can't be removed now is at the very end."""
        try:
            self.hub.discard(user)
        except NoAnswer as reason:
            self.warn(str(reason))

    def new_profile(self):
        profile = self.run_folder / "profile"
        shutil.rmtree(profile, ignore_errors=True)
        return profile

    def in_time(self, rounds):
        """The rounds' numbers, without a further one that would take too long."""
        began, allowed = time.monotonic(), QUICK_SECONDS if self.quick else SECONDS
        for number in range(rounds):
            spent = time.monotonic() - began
            if number and spent * (number + 1) / number > allowed:
                self.warn(f"only {number} of {rounds} rounds: each takes {spent / number:.0f} s")
                return
            yield number

    def fail(self, peer, reason):
        """It is not measured any more."""
        self.warn(f"{peer.name}: {reason}")
        self.failed[peer.name] = str(reason)

    def reasons(self):
        return [f"{name}: {reason}" for name, reason in self.failed.items()]

    def finish(self):
        """At the very end."""
        if self.hub:
            self.hub.close()
        shutil.rmtree(self.run_folder, ignore_errors=True)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench hub", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="fewer tries and 5 users at once, in less than 4 minutes")
    names = [case.NAME for case in CASES]
    parser.add_argument("--only", action="append", choices=names, help="one case; may be repeated")
    peers = [peer.name for peer in all_peers()]
    parser.add_argument("--peer", action="append", choices=peers, help="one peer; may be repeated")
    parser.add_argument("--json", type=Path, metavar="FILE", required=True, help="where all samples go, with a picture beside them")
    return parser.parse_args()


def head(bench):
    """What was compared, and on what."""
    versions = [f"{peer.name}: {peer.version_text()}" for peer in bench.peers]
    version = bench.hub.call("GET", "/info")["version"]
    lines = [f"JupyterHub {version} with DockerSpawner", *versions]
    return lines + [f"{peer.name}: {NOT_HERE}" for peer in bench.absent]


def main():
    arguments = parse_arguments()
    run(Bench, arguments, head, chosen(CASES, arguments.only), [OURS])


if __name__ == "__main__":
    main()
