"""The walk and its peers where nothing of the tree is in memory."""

import subprocess
from pathlib import Path

from cases.walking import COLUMNS, STATES, Trial, try_all
from report import Table, wide_spread
from session import NoAnswer

NAME = "cold"
DROP = Path("/proc/sys/vm/drop_caches")


def run(bench):
    place = bench.volume_place
    for extent in ("none", "all"):
        trials = [Trial(walker) for walker in bench.walkers if not walker.is_shallow]
        try_all(bench, place, trials, extent, bench.cold_tries, before_run=empty_cache)
        title = f"{NAME}: {place.name}, {bench.files_on(place):,} files, {STATES[extent]}"
        table = Table(title, COLUMNS, "median")
        for trial in trials:
            row = trial.row()
            table.add(trial.walker.name, **row)
            table.notes += wide_spread(trial.walker.name, row)
        table.notes.append("nothing of the tree is in the cache; the programs themselves are")
        yield table


def empty_cache(walker, tree):
    """Drops what the kernel can drop, and brings the program back (proc(5), drop_caches)."""
    tree.settle()
    try:
        DROP.write_text("3\n")
    except OSError as reason:
        raise NoAnswer(f"{DROP}: {reason}") from None
    subprocess.run(walker.touch, shell=True, capture_output=True, check=False)
