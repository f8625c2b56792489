"""From TERM to the end of PID 1, with a service that obeys and with one that ignores TERM."""

import time

from peers import with_hangup, with_short_stop
from report import Table, milliseconds, summary
from session import NoAnswer

NAME = "stop"
PATIENCE = 15
NEVER = f"not within {PATIENCE} s"
SETTLED = 0.3
UNTOLD = "runit: runsvdir ends at once and the kernel kills the child, which never gets its TERM"
# A peer that takes longer than this (ms) is asked less often.
SLOW = 400


def run(bench):
    yield obedient(bench)
    yield ignoring(bench)


def obedient(bench):
    tries = 4 if bench.quick else 25
    peers = bench.peers + with_hangup(bench.peers)
    totals, overs, untold, late = ({peer.name: [] for peer in peers} for _ in range(4))
    for number in range(tries):
        bench.progress(f"obedient {number + 1}/{tries}")
        for peer in peers:
            is_slow = totals[peer.name] and min(totals[peer.name]) > SLOW
            if late[peer.name] or (is_slow and number >= max(2, tries // 5)):
                continue
            total, own = stop_once(bench, peer)
            if total is None:
                late[peer.name].append(number)
                continue
            totals[peer.name].append(total)
            if own is None:
                untold[peer.name].append(number)
            else:
                overs[peer.name].append(total - own)
    return obedient_table(bench, peers, totals, overs, untold, late)


def stop_once(bench, peer):
    """Milliseconds to the end of PID 1, and the service's own; none: not ended, not told."""
    with bench.containers.start_running(peer) as container:
        time.sleep(SETTLED)
        before = container.signal(peer.stop_signal)
        gone = container.wait_gone(PATIENCE)
        try:
            told = container.stamps.wait("T", 0.001)
        except NoAnswer:
            told = None
        own = milliseconds(told.later - told.at) if told else None
        return (milliseconds(gone - before) if gone else None), own


def obedient_table(bench, peers, totals, overs, untold, late):
    columns = [
        ("n", "n", 0), ("median", "total ms", 2), ("min", "min", 2), ("max", "max", 2),
        ("over", "over the child's own", 2), ("told", "child told", 0),
    ]
    table = Table("stop: TERM to the end of PID 1, the child exits at once", columns, "over")
    for peer in peers:
        ours, total = untold[peer.name], totals[peer.name]
        told = f"{len(total) - len(ours)}/{len(total)}"
        over = summary(overs[peer.name]).get("median")
        values = summary(total)
        if late[peer.name]:
            values["max"] = NEVER
        table.add(peer.name, **values, over=over, over_samples=overs[peer.name], told=told)
    bench.add_absent(table)
    table.notes += [
        "over: without what the child itself takes from its TERM to its exit",
        UNTOLD,
    ]
    return table


def ignoring(bench):
    """All at the same time: they only wait."""
    bench.progress(f"ignoring, {PATIENCE} s")
    peers = bench.peers + with_short_stop(bench.peers)
    containers = [bench.containers.start_running(peer, "ignore") for peer in peers]
    time.sleep(SETTLED)
    before = {id(c): c.signal(c.peer.stop_signal) for c in containers}
    until, gone = time.monotonic() + PATIENCE, {}
    while len(gone) < len(containers) and time.monotonic() < until:
        for container in containers:
            if id(container) not in gone and (at := container.wait_gone(0.001)):
                gone[id(container)] = at
    table = Table("stop: the child ignores TERM", [("median", "total ms", 0)], "median")
    for container in containers:
        at = gone.get(id(container))
        took = milliseconds(at - before[id(container)]) if at else NEVER
        table.add(container.peer.name, median=took)
        container.close()
    bench.add_absent(table)
    table.notes += ["one try each; (1s): --stop-timeout 1s, else its default of 8s", UNTOLD]
    return table
