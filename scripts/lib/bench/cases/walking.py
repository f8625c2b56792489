"""The ownership walk and its peers, on the same tree, one after the other."""

from dataclasses import dataclass, field

from report import Table, Target, summary, wide_spread
from session import NoAnswer
from walkers import CHOWN, WALK

STATES = {"all": "all wrong", "some": "1 % wrong", "none": "all right"}
COLUMNS = [
    ("n", "n", 0), ("median", "median ms", 1), ("min", "min", 1), ("max", "max", 1), ("cpu", "CPU ms", 1),
    ("left", "left wrong", 0),
]
CALLS = [("calls", "calls/entry", 2)]
WRITTEN = [("changed", "inodes changed", 0), ("read", "atimes set", 0)]
COPIED = [("copied", "inodes copied up", 0), ("copied_mb", "MB copied up", 1)]
# The size of tree that they are meant for.
MEANT = 200_000
# How many times as fast as chown -R the walk is to be.
TIMES = {("ext4", "none"): 2.7, ("overlayfs", "none"): 100, ("ext4", "all"): 1.4, ("overlayfs", "all"): 1.4}


@dataclass
class Trial:
    """A walker, and what was measured of it."""

    walker: object
    outcomes: list = field(default_factory=list)
    counted: dict = field(default_factory=dict)

    def is_slow(self, limit):
        return any(outcome.run.seconds > limit for outcome in self.outcomes)

    def row(self):
        last = self.outcomes[-1]
        values = summary([outcome.run.seconds * 1000 for outcome in self.outcomes])
        cpu = summary([outcome.run.cpu * 1000 for outcome in self.outcomes])
        copied = {"copied": last.copied, "copied_mb": last.copied_bytes and last.copied_bytes / 1e6}
        left = max(outcome.left for outcome in self.outcomes)
        return {
            **values, "cpu": cpu["median"], "cpu_samples": cpu["samples"], "left": left,
            **(copied if last.copied is not None else {}), **self.counted, "said": last.run.said,
        }


def try_all(bench, place, trials, extent, tries, **hooks):
    """Try by try, each walker once; the slow ones less often."""
    for number in range(tries):
        # Nobody always comes after the same one.
        at = number % len(trials)
        for trial in trials[at:] + trials[:at]:
            most = bench.slow_tries if trial.walker.name == WALK else 1
            if trial.is_slow(bench.patience) and len(trial.outcomes) >= most:
                continue
            bench.progress(f"{place.name}, try {number + 1}/{tries}, {trial.walker.name}")
            outcome = place.attempt(trial.walker, bench.tree_on(place), extent, **hooks)
            if outcome.run.code != 0:
                said = outcome.run.errors.strip()[-300:]
                raise NoAnswer(f"{trial.walker.name} ended with {outcome.run.code}: {said}")
            trial.outcomes.append(outcome)


class Case:
    """One state that a home is found in."""

    def __init__(self, name, extent):
        self.NAME, self.extent = name, extent

    def run(self, bench):
        for place in bench.places():
            walkers = [walker for walker in bench.walkers if not bench.skips(walker, place)]
            trials = [Trial(walker) for walker in walkers]
            try_all(bench, place, trials, self.extent, bench.tries)
            self.count_all(bench, place, trials)
            yield self.table(bench, place, trials)

    def count_all(self, bench, place, trials):
        for trial in trials:
            bench.progress(f"{place.name}, counting, {trial.walker.name}")
            trial.counted["calls"] = place.calls(trial.walker, bench.small, self.extent)
            trial.counted |= place.written(trial.walker, bench.tree_on(place), self.extent)

    def table(self, bench, place, trials):
        is_overlay = place.name == "overlayfs"
        files = bench.files_on(place)
        title = f"{self.NAME}: {place.name}, {files:,} files, {STATES[self.extent]}"
        table = Table(title, COLUMNS + CALLS + (COPIED if is_overlay else WRITTEN), "median")
        for trial in trials:
            row = trial.row()
            table.add(trial.walker.name, **row)
            table.notes += wide_spread(trial.walker.name, row)
        left_out = [walker.name for walker in bench.walkers if bench.skips(walker, place)]
        table.notes += [f"{name}: left out with --quick, as it is {CHOWN}" for name in left_out]
        table.notes += notes(bench, is_overlay)
        if files < MEANT:
            table.notes.append(f"the targets are meant for {MEANT:,} files")
        table.targets = targets(table, place.name, self.extent)
        return table


def notes(bench, is_overlay):
    own = [
        f"the cache is warm; after a try of more than {bench.patience} s there is no other "
        f"({WALK}: at most {bench.slow_tries})",
        "CPU: of the program and its children, not of the kernel's own threads",
        "calls/entry: system calls, counted in a run of its own on a smaller tree",
        "docker-stacks: CHOWN_HOME=yes, which changes the home's top alone; -R: CHOWN_HOME_OPTS=-R",
    ]
    if is_overlay:
        return own + ["overlayfs: freshly mounted, an empty upper layer on the same ext4 as the lower"]
    return own + ["changed, set: in a run of its own in which every access time is due (relatime)"]


def targets(table, place, extent):
    rows = {row["peer"]: row for row in table.rows}
    ours, theirs = rows[WALK], rows[CHOWN]
    # Who leaves things wrong is fast. PID 1 gives the home's top to the user before the walk.
    left = Target(f"{place}, {STATES[extent]}: left wrong", ours["left"], most=int(extent == "all"))
    found = [left]
    if (place, extent) in TIMES:
        what = f"{place}, {STATES[extent]}: times as fast as {CHOWN}"
        found.append(Target(what, theirs["median"] / ours["median"], least=TIMES[place, extent]))
    if extent == "none":
        for key, head in (("copied", "inodes copied up"), ("changed", "inodes changed"), ("read", "atimes set")):
            if key in ours:
                found.append(Target(f"{place}, all right: {head}", ours[key], most=0))
    return found


CASES = [Case("all-right", "none"), Case("one-percent", "some"), Case("all-wrong", "all")]
