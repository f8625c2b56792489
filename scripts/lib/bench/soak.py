"""waiide-init over a long time of mixed use, with the real IDE and a real browser. Started by scripts/bench,
in a network namespace of its own."""

import argparse
import os
import shlex
import shutil
import sys
from pathlib import Path

import plot
from cases import soaking
from container import MOUNTED, Containers
from entrypoints import OURS, ide
from ledger import Ledger
from peers import Peer
from servers import loopback_up
from session import Session, catch_stops, ignore_stops, keep, machine_line, measure

# Seconds of a round with its rest, and of the rest at least, once all has settled.
PERIOD, REST = 100, 25
QUICK_MINUTES, QUICK_PERIOD, QUICK_REST = 3, 40, 10
# PID 1 keeps a service's last 1,000 lines: they are there from the first start on, or they would be what grows.
FULL_LOG = 'yes "$(printf %0100d 0)" | head -n 1000; exec "$0" "$@"'


class Bench(Session):
    """What the case needs."""

    def __init__(self, arguments):
        super().__init__()
        self.folder, self.node, self.kept = arguments.folder, arguments.node, arguments.json
        minutes = arguments.minutes or (QUICK_MINUTES if arguments.quick else 60)
        self.seconds = minutes * 60
        is_short = minutes <= 10
        self.period, self.rest = (QUICK_PERIOD, QUICK_REST) if is_short else (PERIOD, REST)
        parts = {"BENCH_NODE": str(arguments.node), "BENCH_SERVER": str(arguments.server)}
        # The browser stands in the same network.
        self.containers = Containers(self.folder, [], parts)
        self.programs = self.copied(arguments.binary)
        self.peer = Peer(OURS, self.prepared, version=["sha256sum", str(self.containers.runs / "bin/waiide-init")])
        self.ledger, self.result = Ledger(self.warn), {}

    def copied(self, binary):
        """Programs of its own, as seen inside: another benchmark may renew its cache meanwhile."""
        folder = self.containers.runs / "bin"
        folder.mkdir()
        shutil.copy2(binary, folder / "waiide-init")
        shutil.copy2(self.folder / "bin/echo", folder)
        shutil.copy2(Path(__file__).with_name("loopback_files.py"), folder)
        return MOUNTED / folder.relative_to(self.folder)

    def prepared(self, _folder, _seen, service):
        # Without what tells the moment of its exec.
        command = ["sh", "-c", FULL_LOG, *ide(service[1])[2:]]
        return ["WAIIDE_IDE_COMMAND=" + shlex.join(command)], [str(self.programs / "waiide-init"), "run"]

    def end_case(self):
        self.containers.close()


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench soak", description=__doc__)
    for name in ("folder", "node", "server"):
        parser.add_argument(f"--{name}", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--binary", type=Path, required=True, help="the waiide-init to measure")
    parser.add_argument("--quick", action="store_true", help="3 minutes")
    parser.add_argument("--minutes", type=float, metavar="N", help="how long, instead of 60")
    parser.add_argument("--json", type=Path, metavar="FILE", required=True, help="where all samples go, with a plot beside them, and a picture of each visit that failed")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    catch_stops()
    os.umask(0o022)
    loopback_up()
    for old in arguments.json.parent.glob(f"{arguments.json.stem}.*.png"):
        old.unlink()
    bench = Bench(arguments)
    about = [machine_line(), f"{OURS}: {bench.peer.version_text()[:20]}, {arguments.server.name}"]
    print("\n".join(about), flush=True)
    tables = []
    try:
        tables, is_whole = measure(bench, [soaking], [])
    finally:
        ignore_stops()
        bench.end_case()
        bench.containers.remove_folder()
        if bench.result:
            picture = plot.over_time(about[0], list(soaking.pictures(bench.result["samples"])))
            keep(arguments.json, about, tables, [OURS], bench.result, picture)
    sys.exit(0 if is_whole else 1)


if __name__ == "__main__":
    main()
