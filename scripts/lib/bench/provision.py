"""The ownership walk and its peers, side by side. Started by scripts/bench."""

import argparse
import shutil
from pathlib import Path

from cases import cold, homes, walking
from container import MOUNTED, Containers
from peers import RUN
from places import OnOverlay, OnVolume
from session import Session, run
from trees import FRESH, Tree
from volumes import CannotMount, Volume, remove
from walkers import WALK, all_walkers

CASES = [*walking.CASES, homes, cold]
# Asked for in so many words, since it empties the whole machine's cache.
EXTRA = [cold.NAME]
# Names for several cases.
GROUPS = {"walk": [case.NAME for case in walking.CASES]}


class Bench(Session):
    """What the cases share."""

    def __init__(self, arguments):
        super().__init__()
        self.folder, self.quick, self.on = arguments.folder, arguments.quick, arguments.on
        self.files = arguments.files or (20_000 if self.quick else 200_000)
        # Copying up takes its time.
        self.overlay_files = arguments.files or (10_000 if self.quick else 200_000)
        self.tries, self.slow_tries, self.cold_tries = (4, 1, 2) if self.quick else (9, 3, 4)
        # Seconds, after which a try is a slow one.
        self.patience = 3 if self.quick else 20
        self.containers = Containers(self.folder)
        # The same all along, also while another run of the benchmark brings another one.
        binary = Path(shutil.copy2(arguments.binary, self.containers.runs / "waiide-init"))
        self.seen_binary = str(MOUNTED / binary.relative_to(self.folder))
        self.walkers = all_walkers(binary)
        self.volume, self.trees = None, {}

    def open(self):
        self.case = "file system"
        self.volume = Volume(self.containers.runs)
        if not self.volume.is_own():
            self.warn(f"no ext4 of our own ({self.volume.reason}): this is on {self.volume.name}")

    def made_tree(self, files, is_full=True):
        """A tree of so many files, made when it is first asked for."""
        key = (files, is_full)
        if key not in self.trees:
            self.progress(f"making {files:,} files")
            above = self.volume.folder / f"tree-{len(self.trees)}"
            remove(above)  # one that could not be finished
            above.mkdir()
            tree = Tree(str(self.folder / "bin/tree"), above / "home")
            tree.make(files, is_full)
            tree.age(FRESH)
            self.trees[key] = tree
        return self.trees[key]

    def files_on(self, place):
        return self.overlay_files if place.name == OnOverlay.name else self.files

    def tree_on(self, place):
        return self.made_tree(self.files_on(place))

    @property
    def small(self):
        """Where a count tells as much as on a large one."""
        return self.made_tree(min(self.files, 2_000 if self.quick else 10_000))

    def empty_home(self):
        """A new one, root's."""
        home = self.volume.folder / "empty"
        remove(home)
        home.mkdir()
        return home

    @property
    def volume_place(self):
        return OnVolume(self.volume)

    def places(self):
        """The file systems that were asked for and can be had."""
        found = [self.volume_place]
        try:
            with self.volume.overlay(self.small.top.parent):
                found.append(OnOverlay(self.volume))
        except CannotMount as reason:
            self.warn(f"no overlayfs: {reason}")
        # Whatever stands in for the ext4 is what was asked for by that name.
        names = {OnOverlay: "overlayfs", OnVolume: "ext4"}
        return [place for place in found if not self.on or names[type(place)] in self.on]

    def skips(self, walker, place):
        """What --quick has no time for."""
        return self.quick and walker.is_twin and place.name == OnOverlay.name

    def end_case(self):
        self.containers.close()

    def finish(self):
        """At the very end."""
        self.containers.close()
        if self.volume:
            self.volume.close()
        self.containers.remove_folder()


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench provision", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--binary", type=Path, required=True, help="the waiide-init to measure")
    parser.add_argument("--quick", action="store_true", help="fewer files and tries, in less than 3 minutes")
    names = [*(case.NAME for case in CASES), *GROUPS]
    parser.add_argument("--only", action="append", choices=names, help="one case; may be repeated")
    parser.add_argument("--cold", action="store_true", help="also with an empty cache")
    parser.add_argument("--on", action="append", choices=["ext4", "overlayfs"], help="one file system")
    parser.add_argument("--files", type=int, help="how many files the walks' tree has")
    parser.add_argument("--json", type=Path, metavar="FILE", required=True, help="where all samples go, with a picture beside them")
    return parser.parse_args()


def chosen(arguments):
    """The cases that were asked for; by default all but the extra ones."""
    default = [case.NAME for case in CASES if case.NAME not in EXTRA]
    names = [name for each in arguments.only or default for name in GROUPS.get(each, [each])]
    names += [cold.NAME] if arguments.cold else []
    return [case for case in CASES if case.NAME in names]


def head(bench):
    """What was compared, and on what."""
    texts = {walker.name: walker.version_text() for walker in bench.walkers if walker.version}
    texts[WALK] = f"waiide-init sha256 {texts[WALK][:20]}"
    versions = [text[:40] for text in texts.values()]
    kind = "was made in a file" if bench.volume.is_own() else "was there"
    where = f"{bench.volume.name} that {kind}, in {bench.folder}"
    return [where, ", ".join(versions)]


def main():
    arguments = parse_arguments()
    ours = [WALK, RUN]
    run(Bench, arguments, head, chosen(arguments), ours, ours)


if __name__ == "__main__":
    main()
