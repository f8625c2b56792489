"""From exec of PID 1 to the IDE's main, with homes of any size in any state."""

import shlex
from dataclasses import dataclass
from functools import partial
from typing import Callable

from cases.walking import STATES
from peers import RUN, Peer, waiide_run
from report import Table, Target, milliseconds, summary, wide_spread
from trees import GID, UID
from walkers import OWNER

NAME = "start"
NEVER = f"{RUN} --chown never"
HOME = "/home/calliope"
# Files, and how often each start is tried.
SIZES = [(10_000, 9), (200_000, 5), (1_000_000, 3)]
QUICK_SIZES = [(10_000, 3), (100_000, 2)]
# Seconds. chown -R may take so long on a slow disk.
PATIENCE = 600
COLUMNS = [("n", "n", 0), ("median", "median ms", 2), ("min", "min", 2), ("max", "max", 2)]


@dataclass(frozen=True)
class Home:
    """A state of a home: how it is made so before each try, and what the start is to take."""

    title: str
    tries: int
    make: Callable  # returns the directory; none: there is none
    most: float | None = None  # milliseconds
    is_roots: bool = False  # nothing can start there unless it is given to the user


def script(_folder, _seen, service):
    """What images without such a program have as their entry point."""
    words = f"mkdir -p {HOME} && chown -R {OWNER} {HOME} && exec "
    drop = ["setpriv", "--reuid", str(UID), "--regid", str(GID), "--clear-groups"]
    return [], ["/bin/sh", "-c", words + shlex.join([*drop, *service])]


def peers(bench):
    binary = bench.seen_binary
    return [
        Peer(RUN, waiide_run(binary=binary)),
        Peer(NEVER, waiide_run("--chown", "never", binary=binary)),
        Peer("chown -R, setpriv", script),
    ]


def homes(bench):
    tries = 5 if bench.quick else 20
    yield Home("no home yet", tries, lambda: None, most=10)
    yield Home("an empty home of root's", tries, bench.empty_home, most=10, is_roots=True)
    for files, tries in QUICK_SIZES if bench.quick else SIZES:
        for extent in ("none", "all"):
            most = 2200 if files >= 1_000_000 else None
            title = f"a home of {files:,} files, {STATES[extent]}"
            make = partial(prepared, bench, files, extent)
            yield Home(title, tries, make, most, is_roots=extent == "all")


def prepared(bench, files, extent):
    tree = bench.made_tree(files, is_full=False)
    tree.own(extent)
    tree.survey()
    return tree.top


def run(bench):
    for home in homes(bench):
        known = [peer for peer in peers(bench) if not (home.is_roots and peer.name == NEVER)]
        took = {peer.name: [] for peer in known}
        for number in range(home.tries):
            bench.progress(f"{home.title}, {number + 1}/{home.tries}")
            for peer in known:
                took[peer.name].append(start_once(bench, peer, home))
        yield table(home, took)


def start_once(bench, peer, home):
    """Milliseconds. What goes on in the background ends with the container."""
    directory = home.make()
    with bench.containers.start_running(peer, home=directory, patience=PATIENCE) as container:
        return milliseconds(container.started.at - container.executed)


def table(home, took):
    result = Table(f"start: {home.title}, exec of PID 1 to the IDE's main", COLUMNS, "median")
    for name, samples in took.items():
        values = summary(samples)
        result.add(name, **values)
        result.notes += wide_spread(name, values)
    if home.most:
        ours = result.rows[0]["median"]
        result.targets.append(Target(f"{home.title}: ms to the IDE", ours, most=home.most))
    return result
