"""The ownership walk and its peers, side by side. Started by scripts/bench."""

import argparse
import os
import shutil
import sys
from pathlib import Path

from cases import walking
from places import OnOverlay, OnVolume
from session import Session, catch_stops, ignore_stops, machine_line, measure, write_json
from trees import FRESH, Tree
from volumes import CannotMount, Volume
from walkers import WALK, all_walkers

CASES = walking.CASES
# Names for several cases.
GROUPS = {"walk": [case.NAME for case in walking.CASES]}


class Bench(Session):
    """What the cases share."""

    def __init__(self, arguments):
        super().__init__()
        self.folder, self.quick, self.on = arguments.folder, arguments.quick, arguments.on
        self.files = arguments.files or (20_000 if self.quick else 200_000)
        self.tries, self.slow_tries = (5, 1) if self.quick else (9, 3)
        # Seconds, after which a try is a slow one.
        self.patience = 3 if self.quick else 20
        self.runs = self.folder / "run" / f"provision-{os.getpid()}"
        self.runs.mkdir(parents=True)
        # The same all along, also while another run of the benchmark brings another one.
        binary = Path(shutil.copy2(arguments.binary, self.runs / "waiide-init"))
        self.walkers = all_walkers(binary)
        self.volume, self.trees = None, {}

    def open(self):
        self.case = "file system"
        self.volume = Volume(self.runs)
        if not self.volume.is_own():
            self.warn(f"no ext4 of our own ({self.volume.reason}): this is on {self.volume.name}")

    def made_tree(self, files, is_full=True):
        """A tree of so many files, made when it is first asked for."""
        if files not in self.trees:
            self.progress(f"making {files:,} files")
            above = self.volume.folder / f"tree-{files}"
            above.mkdir()
            tree = Tree(str(self.folder / "bin/tree"), above / "home")
            tree.make(files, is_full)
            tree.age(FRESH)
            self.trees[files] = tree
        return self.trees[files]

    @property
    def tree(self):
        return self.made_tree(self.files)

    @property
    def small(self):
        """Where a count tells as much as on a large one."""
        return self.made_tree(min(self.files, 5_000))

    def places(self):
        """The file systems that were asked for and can be had."""
        found = [OnVolume(self.volume)]
        try:
            with self.volume.overlay(self.small.top.parent):
                found.append(OnOverlay(self.volume))
        except CannotMount as reason:
            self.warn(f"no overlayfs: {reason}")
        return [place for place in found if not self.on or place.name in self.on]

    def close(self):
        if self.volume:
            self.volume.close()
        shutil.rmtree(self.runs, ignore_errors=True)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench provision", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--binary", type=Path, required=True, help="the waiide-init to measure")
    parser.add_argument("--quick", action="store_true", help="fewer files and tries, in less than 3 minutes")
    names = [*(case.NAME for case in CASES), *GROUPS]
    parser.add_argument("--only", action="append", choices=names, help="one case; may be repeated")
    parser.add_argument("--on", action="append", choices=["ext4", "overlayfs"], help="one file system")
    parser.add_argument("--files", type=int, help="how many files the walks' tree has")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all samples there as well")
    return parser.parse_args()


def chosen(only):
    """The cases that were asked for; all by default."""
    names = [name for each in only or [] for name in GROUPS.get(each, [each])]
    return [case for case in CASES if not names or case.NAME in names]


def head(bench):
    """What was compared, and on what."""
    shown = {WALK: "waiide-init sha256"}
    versions = [
        f"{shown.get(walker.name, walker.name)}: {walker.version_text()[:40]}"
        for walker in bench.walkers
        if walker.version
    ]
    where = f"{bench.volume.name}, made in a file in {bench.folder}" if bench.volume.is_own() else bench.volume.name
    return [machine_line(), where, ", ".join(versions)]


def main():
    arguments = parse_arguments()
    catch_stops()
    os.umask(0o022)
    bench = Bench(arguments)
    try:
        bench.open()
        about = head(bench)
        print("\n".join(about), flush=True)
        tables, is_whole = measure(bench, chosen(arguments.only), [WALK])
    finally:
        ignore_stops()
        bench.close()
    if arguments.json:
        write_json(arguments.json, about, tables)
    sys.exit(0 if is_whole else 1)


if __name__ == "__main__":
    main()
