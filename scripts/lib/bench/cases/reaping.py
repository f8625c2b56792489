"""Thousands of orphans that end at once."""

import os
import signal

from report import Table, milliseconds, summary
from session import NoAnswer

NAME = "reaping"
PATIENCE = 60
ORPHANS = "/mnt/bench/bin/orphans"
# So many tell whether a peer takes more than a minute for all.
PROBE = 200
FEWER = 1000


def run(bench):
    count = 2000 if bench.quick else 10000
    for way in ("burst", "handover"):
        yield measure(bench, way, count)


def measure(bench, way, count):
    rounds = 2 if bench.quick else 3
    results = {peer.name: [] for peer in bench.peers}
    sizes = {}
    for number in range(rounds):
        bench.progress(f"{way} of {count}, {number + 1}/{rounds}")
        for peer in bench.peers:
            if number == 0:
                sizes[peer.name], results[peer.name] = first(bench, peer, way, count)
            elif sizes[peer.name] == count:
                results[peer.name].append(once(bench, peer, way, count))
    return table(bench, way, count, results, sizes)


def first(bench, peer, way, count):
    """How many orphans this peer gets, and what the first try with them gave."""
    probe = once(bench, peer, way, PROBE)
    limit = 12 if bench.quick else PATIENCE
    if probe[0] / 1000 * count / PROBE < limit:
        return count, [once(bench, peer, way, count)]
    if bench.quick:
        return PROBE, [probe]
    return FEWER, [once(bench, peer, way, FEWER)]


def once(bench, peer, way, count):
    """Milliseconds of all, and of the time after the last; how many are left; the answer."""
    with bench.containers.start_running(peer) as container:
        whole, after, left = container.enter(ORPHANS, way, str(count), str(PATIENCE)).split()
        return milliseconds(int(whole)), milliseconds(int(after)), int(left), answers(container)


def answers(container):
    """Whether the very service that was started still answers."""
    try:
        os.kill(container.started.pid, signal.SIGUSR1)
        return container.stamps.wait("U", 2).pid == container.started.pid
    except (NoAnswer, ProcessLookupError):
        return False


def table(bench, way, count, results, sizes):
    titles = {
        "burst": f"reaping: {count} orphans one after the other, first fork until none is left",
        "handover": f"reaping: {count} zombies at once, their parent's end until none is left",
    }
    columns = [("orphans", "orphans", 0), ("n", "n", 0), ("median", "ms", 1), ("min", "min", 1),
               ("max", "max", 1), ("left", f"left after {PATIENCE} s", 0), ("answers", "service answers", 0)]
    result = Table(titles[way], columns, "compared")
    result.columns.append(("compared", "ms for each 1000", 1))
    for peer in bench.peers:
        tries, size = results[peer.name], sizes[peer.name]
        values = summary([each[0] if way == "burst" else each[1] for each in tries])
        result.add(
            peer.name, orphans=size, **values, compared=values["median"] / size * 1000,
            left=max(each[2] for each in tries), answers="yes" if all(each[3] for each in tries) else "no",
        )
    bench.add_absent(result)
    result.notes.append(f"fewer orphans where {count} would take too long; ratios are by the thousand")
    return result
