"""An hour of mixed use: at the rests between the rounds memory and descriptors are to be what they were,
and nothing that was not brought about may have gone wrong."""

import resource
import statistics

from flat import FIGURES, LONG_ENOUGH, trend
from plot import Line, Lines
from report import Table, Target
from soaklog import BROUGHT_ABOUT
from usage import Usage

NAME = "soak"
COLUMNS = [
    ("early", "second quarter", 0), ("late", "last quarter", 0), ("ratio", "ratio", 3),
    ("slope", "by the hour", 1), ("most", "most ever", 0),
]


def run(bench):
    usage = bench.usage = Usage(bench)
    try:
        usage.begin()
        usage.rounds()
        usage.end()
    finally:
        usage.close()
        bench.result = usage.result()
    yield flatness(usage)
    yield used(usage)


def series(samples, name, key):
    """A process's values over time; a process that was just starting has none."""
    return [(each["at"], each["ours"][name][key]) for each in samples if each["ours"].get(name)]


def roles(samples):
    return list(dict.fromkeys(name for each in samples for name in each["ours"]))


def flatness(usage):
    samples = usage.watcher.samples
    rests, end = [each for each in samples if each["resting"]], samples[-1]["at"]
    table = Table("at the rests between rounds", COLUMNS, "late")
    for name in roles(rests):
        judge(table, name, rests, end)
        cpu = [value for _, value in series(samples, name, "cpu")]
        table.notes.append(f"{name}: {cpu[-1] - cpu[0]:.1f} s of a core in {end / 60:.0f} minutes")
    others = statistics.median(each["others_rss"] for each in rests) / 1024
    table.notes += [
        f"for information: the IDE and all else in the container {others:,.0f} MiB of RSS",
        "its own: anonymous memory, in which a leak would be; RSS has the program's own pages, which the kernel "
        "takes and brings back; PSS shares them out among PID 1 and the gateway",
        "by the hour: least squares without the first quarter",
    ]
    zombies = [name for each in rests for name in each["zombies"]]
    table.notes += [f"zombies: {', '.join(sorted(set(zombies)))}"] if zombies else []
    table.targets.append(Target("zombies at the rests", len(zombies), most=0))
    return table


def judge(table, name, rests, end):
    """A process's rows. Where the time was short, all is still warming up."""
    for key, head, most in FIGURES:
        found = trend(series(rests, name, key), end)
        table.add(f"{name}: {head}", **found)
        if most:
            ratio = found["ratio"] if end >= LONG_ENOUGH else None
            table.targets.append(Target(f"{name}: {head}, last quarter to second", ratio, most=most))


def used(usage):
    """What was done, and what went wrong with it."""
    ledger = usage.ledger
    table = Table("what was done", [("done", "times", 0), ("faults", "not as expected", 0)], "done")
    for what in sorted(ledger.done | ledger.faults):
        table.add(what, done=ledger.done[what], faults=ledger.faults[what])
    table.notes += [f"at {each['at']} s: {each['what']}: {each['detail']}" for each in ledger.first[:5]]
    table.notes.append(f"restarts that were brought about: {usage.soaked.kills} by SIGKILL, {usage.soaked.asked} by the API")
    table.notes += [f"logged {count} times: {text}" for text, count in usage.logged.most_common()]
    table.notes.append(f"the clients but for the browser took {own_cpu():.0f} s of a core")
    unexplained = sum(usage.logged.values()) - min(usage.logged[BROUGHT_ABOUT], usage.soaked.kills)
    table.targets += [
        Target("restarts of the IDE that nobody brought about", usage.restarts, most=0),
        Target("restarts of the gateway", usage.gateway_restarts, most=0),
        Target("what clients saw and did not expect", sum(ledger.faults.values()), most=0),
        Target("warnings and errors in the log that nobody brought about", unexplained, most=0),
    ]
    return table


def own_cpu():
    used_up = resource.getrusage(resource.RUSAGE_SELF)
    return used_up.ru_utime + used_up.ru_stime


def pictures(samples):
    """What is drawn of them, over all the time."""
    for name in roles(samples):
        lines = [Line(head, series(samples, name, key), key == "anonymous") for key, head, _ in FIGURES[:3]]
        yield Lines(f"{name}: memory, KiB", lines)
    lines = [Line(name, series(samples, name, "descriptors"), name == "gateway") for name in roles(samples)]
    yield Lines("descriptors", lines)
    others = [(each["at"], each["others_rss"] / 1024) for each in samples]
    yield Lines("for information: RSS of the IDE and all else, MiB", [Line("", others, False)])
