"""From kill -9 of a service to the first thing that the next one does."""

import os
import signal
import time

from peers import RUN
from report import Table, milliseconds, summary
from session import NoAnswer

NAME = "respawn"
# Longer than any peer's own "it died too early".
STEADY = 1.2
EARLY = 0.05
# A peer that waits for longer than this (ms) is asked less often.
SLOW = 500
SECOND = "  second end in a row"


class Trial:
    """A peer's container, and what was measured in it."""

    def __init__(self, container):
        self.container, self.peer = container, container.peer
        self.pid, self.since = container.started.pid, time.monotonic()
        self.steady, self.early, self.second, self.lost = [], [], [], 0

    def await_uptime(self, seconds):
        time.sleep(max(0, self.since + seconds - time.monotonic()))

    def await_start(self):
        stamp = self.container.stamps.wait("S", 20)
        self.pid, self.since = stamp.pid, time.monotonic()
        return stamp.at

    def kill(self, samples):
        """One measurement."""
        before = time.monotonic_ns()
        os.kill(self.pid, signal.SIGKILL)
        samples.append(milliseconds(self.await_start() - before))

    def ask(self, command):
        if command:
            self.container.enter(*command)

    def round(self, rounds):
        self.ask(self.peer.forget)
        self.await_uptime(STEADY)
        if not is_enough(self.steady, rounds):
            self.kill(self.steady)
        if is_enough(self.early, rounds):
            return
        self.await_uptime(EARLY)
        if self.peer.restart:
            self.kill(self.second)
            self.ask(self.peer.restart)
            self.await_start()
            self.await_uptime(EARLY)
        self.kill(self.early)

    def is_done(self, rounds):
        return self.lost > 0 or (is_enough(self.steady, rounds) and is_enough(self.early, rounds))


def is_enough(samples, rounds):
    """Slow ones tell the same with fewer samples."""
    if samples and summary(samples)["median"] > SLOW:
        return len(samples) >= max(2, rounds // 3)
    return len(samples) >= rounds


def run(bench):
    """Round by round, each peer once."""
    rounds = 4 if bench.quick else 30
    trials = [Trial(c) for c in bench.start_each([p for p in bench.peers if p.respawns])]
    for number in range(rounds):
        bench.progress(f"{number + 1}/{rounds}")
        for trial in trials:
            if not trial.is_done(rounds):
                measure(trial, bench, rounds)
    for trial in trials:
        trial.container.close()
    return [table(trials, bench)]


def measure(trial, bench, rounds):
    try:
        trial.round(rounds)
    except NoAnswer as reason:
        trial.lost += 1
        bench.warn(f"{trial.peer.name}: {reason}: {trial.container.log()}")


def table(trials, bench):
    columns = [
        ("n", "n", 0), ("median", "median ms", 2), ("min", "min", 2), ("max", "max", 2),
        ("early_n", "n", 0), ("early", "after 50 ms", 2), ("early_min", "min", 2), ("early_max", "max", 2),
    ]
    result = Table("respawn: kill -9 of the service to the next one's main", columns, "median")
    for trial in trials:
        early = {f"early_{key}": value for key, value in summary(trial.early).items()}
        early["early"] = early.pop("early_median", None)
        result.add(trial.peer.name, **summary(trial.steady), **early, lost=trial.lost)
        if trial.second:
            second = {f"early_{key}": value for key, value in summary(trial.second).items()}
            second["early"] = second.pop("early_median")
            result.add(SECOND, **second)
    bench.add_absent(result, lambda peer: peer.respawns)
    result.notes += [
        f"median, min, max: of a service that was up for {STEADY} s; "
        "after 50 ms: of one killed 50 ms after its start",
        f"{RUN}: its history of ends is cleared before each kill (`start`, `restart` over the "
        "control socket), so each is a first one, as after 60 s up; the line below it is the next "
        "end right after, which waits half a second",
        "n is smaller for those that wait for a second or more",
    ]
    return result
