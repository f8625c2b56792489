"""waiide-init and its peers as PID 1, side by side. Started by scripts/bench."""

import argparse
import json
import os
import signal
import sys
import time
from pathlib import Path

from cases import idle, lost_term, reaping, respawn, starting, stopping
from container import Containers, NoAnswer
from peers import PROGRAM, RUN, all_peers
from report import NOT_HERE

CASES = [starting, respawn, stopping, lost_term, reaping, idle]


class Bench:
    """What the cases share."""

    def __init__(self, folder, quick):
        self.folder, self.quick = folder, quick
        known = all_peers(folder)
        self.peers = [peer for peer in known if peer.is_here()]
        self.absent = [peer for peer in known if not peer.is_here()]
        self.containers = Containers(folder)
        self.case = ""

    def start_each(self, peers):
        """A container for each, its service running."""
        return [self.containers.start_running(peer) for peer in peers]

    def add_absent(self, table, applies=lambda _peer: True):
        """Names the peers that could not be had."""
        for peer in filter(applies, self.absent):
            table.add(peer.name, **{table.columns[0][0]: NOT_HERE})

    def progress(self, text):
        end, start = ("", "\r\033[K") if sys.stderr.isatty() else ("\n", "")
        print(f"{start}    {self.case}: {text}", end=end, file=sys.stderr, flush=True)

    def warn(self, text):
        print(f"\nwarning: {text}", file=sys.stderr)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench supervisor", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="fewer tries, in less than 3 minutes")
    names = [case.NAME for case in CASES]
    parser.add_argument("--only", action="append", choices=names, help="one case; may be repeated")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all samples there as well")
    return parser.parse_args()


def head(bench):
    """What was compared, and on what."""
    load = os.getloadavg()[0]
    where = f"Linux {os.uname().release}, {os.cpu_count()} CPUs, load {load:.2f}"
    lines = [f"{time.strftime('%Y-%m-%d %H:%M')}, {where}"]
    shown = {RUN: "waiide-init sha256"}
    versions = [
        f"{shown.get(peer.name, peer.name)} {peer.version_text()[:20]}"
        for peer in bench.peers
        if peer.name != PROGRAM
    ]
    lines.append(", ".join(versions))
    lines += [f"{peer.name}: {NOT_HERE}" for peer in bench.absent]
    return lines


def measure(bench, cases):
    """The tables, and whether all cases came to their end."""
    tables, is_whole = [], True
    for case in cases:
        bench.case, began = case.NAME, time.monotonic()
        try:
            for table in case.run(bench):
                print("\n" + table.text([RUN, PROGRAM]), flush=True)
                tables.append(table)
        except NoAnswer as reason:
            bench.warn(f"{case.NAME} is left out: {reason}")
            bench.containers.close()
            is_whole = False
        bench.progress(f"done in {time.monotonic() - began:.0f} s\n")
    return tables, is_whole


def stop(number, _frame):
    raise SystemExit(128 + number)


def main():
    arguments = parse_arguments()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    os.umask(0o022)
    bench = Bench(arguments.folder, arguments.quick)
    try:
        print("\n".join(head(bench)), flush=True)
        cases = [case for case in CASES if not arguments.only or case.NAME in arguments.only]
        tables, is_whole = measure(bench, cases)
    finally:
        # A second Ctrl-C must not leave a namespace behind.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        bench.containers.close()
        bench.containers.remove_folder()
    if arguments.json:
        result = {"about": head(bench), "tables": [table.to_json() for table in tables]}
        arguments.json.write_text(json.dumps(result, indent=1) + "\n")
    sys.exit(0 if is_whole else 1)


if __name__ == "__main__":
    main()
