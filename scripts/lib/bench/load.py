"""The workbench's way to a browser over a slow link, through the gateway and its peers. Started
by scripts/bench, in a network namespace of its own."""

import argparse
import shutil
import subprocess
import time
from pathlib import Path

from browser import find_browser
from cases import loading
from link import HERE, Link
from report import NOT_HERE
from servers import loopback_up
from session import Session, chosen, new_folder, run
from sites import ALONE, OURS, Parts, all_sites

CASES = loading.CASES
QUICK = [str(loading.MEANT)]
# What a quick run has for its rounds.
QUICK_SECONDS = 300


class Bench(Session):
    """What the cases share."""

    def __init__(self, arguments):
        super().__init__()
        self.folder = arguments.folder
        self.quick, self.rounds = arguments.quick, 2 if arguments.quick else 5
        self.run_folder = new_folder(self.folder / "run")
        binary = Path(shutil.copy2(arguments.binary, self.run_folder / "waiide-init"))
        self.parts = Parts(self.run_folder, binary, arguments.node, arguments.server, arguments.code_server, arguments.jupyter, arguments.precompressed)
        wanted = arguments.peer and [*arguments.peer, OURS, ALONE]
        known = [site for site in all_sites(self.parts) if not wanted or site.name in wanted]
        self.sites = [site for site in known if site.is_here()]
        self.absent = [site for site in known if not site.is_here()]
        self.front = []

    def open(self):
        """A folder to show, and one visit to each server that is not measured: what comes from
        the disk is in memory then."""
        self.case = "first visits"
        loopback_up()
        self.parts.workspace.mkdir()
        for name in ("README.md", "main.py", "notes.txt"):
            (self.parts.workspace / name).write_text(f"{name}\n")
        link = Link(self.folder / "bin/link", 1000, 1)
        try:
            for site in self.sites:
                self.progress(site.name)
                self.open_front(site)
                loading.one_visit(self, link, site, loading.COLD)
                self.end_case()
        finally:
            link.close()

    def rounds_in_time(self):
        """The rounds' numbers; a quick run has no further one that would take it too long."""
        began = time.monotonic()
        for number in range(self.rounds):
            spent = time.monotonic() - began
            if self.quick and number and spent * (number + 1) / number > QUICK_SECONDS:
                self.warn(f"only {number} of {self.rounds} rounds: each takes {spent / number:.0f} s")
                return
            yield number

    def open_front(self, site):
        self.front = site.start_front()
        if self.front:
            self.front[0].wait_port(site.port, HERE)

    def end_case(self):
        while self.front:
            self.front.pop().close()

    def finish(self):
        """At the very end."""
        self.end_case()
        shutil.rmtree(self.run_folder, ignore_errors=True)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench load", description=__doc__)
    for name in ("folder", "node", "server", "code-server", "jupyter", "precompressed"):
        parser.add_argument(f"--{name}", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--binary", type=Path, required=True, help="the waiide-init to measure")
    parser.add_argument("--quick", action="store_true", help="20 Mbit/s alone and fewer tries, in less than 6 minutes")
    names = [case.NAME for case in CASES]
    parser.add_argument("--only", action="append", choices=names, help="one link, in Mbit/s; may be repeated")
    peers = [site.name for site in all_sites(Parts(*[Path()] * 7))]
    parser.add_argument("--peer", action="append", choices=peers, help="one peer; may be repeated")
    parser.add_argument("--json", type=Path, metavar="FILE", required=True, help="where all samples go, with a picture beside them")
    return parser.parse_args()


def head(bench, arguments):
    """What was compared, and on what."""
    asked = {
        "waiide-init sha256": ["sha256sum", bench.parts.binary],
        "": [find_browser(), "--version"],
        "nginx": ["dpkg-query", "-W", "-f", "${Version}", "nginx"],
    }
    versions = [f"{name} {first_line(command)[:40]}".strip() for name, command in asked.items()]
    versions[0] = versions[0][:40]
    lines = [", ".join([*versions, arguments.server.name])]
    return lines + [f"{site.name}: {NOT_HERE}" for site in bench.absent]


def first_line(command):
    done = subprocess.run(command, capture_output=True, text=True)
    return (done.stdout.strip() or "?").splitlines()[0]


def main():
    arguments = parse_arguments()
    names = arguments.only or (QUICK if arguments.quick else None)
    run(Bench, arguments, lambda bench: head(bench, arguments), chosen(CASES, names), [OURS])


if __name__ == "__main__":
    main()
