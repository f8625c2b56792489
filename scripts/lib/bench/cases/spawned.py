"""Servers from their spawn to their end: how long until the workbench, what they take, how they stop.
Each try has a new user, and so a new container and a new home."""

import time

from cgroups import Cgroup
from comparing import Figure, compare
from ends import Ends, told
from hub_peers import OURS
from hub_visit import Person
from hubs import STOP_PATIENCE
from session import NoAnswer
from turns import Outcome

OPENING, MEMORY, STOP = "opening", "memory", "stop"
FIGURES = {
    OPENING: [Figure("usable", "usable s", 2), Figure("ready", "Hub's ready s", 2)],
    MEMORY: [Figure("overhead", "not the IDE's MB", 1), Figure("total", "total MB", 1), Figure("ide", "the IDE's MB", 1)],
    STOP: [Figure("end", "container's end s", 2), Figure("gone", "gone at the Hub s", 2)],
}
TITLES = {
    OPENING: "one user: from the click on \"start my server\" to the workbench",
    MEMORY: "one user: memory, the workbench opened once and the browser closed",
    STOP: "one user: from DELETE of the server to its end, the workbench opened before",
}
NOTES = {
    OPENING: [
        "from the navigation to /hub/spawn by somebody who is signed in, in Chromium; container and home are new",
        "Hub's ready: when the Hub sends the browser on to the server",
    ],
    MEMORY: [
        "total: the cgroup's anonymous memory, shared memory and the kernel's for it, without page cache; "
        "the IDE's and not the IDE's: PSS of the VS Code server with all below it, and of all other processes",
        "one container at a time; PSS counts the mapped files' pages as well",
    ],
    STOP: [
        "DockerSpawner's stop: TERM to PID 1, and KILL after 10 s",
        "the IDE: how the VS Code server's process ended; killed: it outlived PID 1, or its grace",
    ],
}
MORE = {STOP: [("code", "PID 1", 0), ("fate", "the IDE", 0)]}


class Lives:
    """All tries, made when the first case asks. `wanted` are the cases that will."""

    def __init__(self, wanted):
        self.wanted, self.outcomes = wanted, None

    def of(self, bench, name):
        if self.outcomes is None:
            self.outcomes = {case: {peer.name: Outcome() for peer in bench.peers} for case in FIGURES}
            self._make(bench)
        return self.outcomes[name]

    def _make(self, bench):
        for number in bench.in_time(bench.tries):
            turn = number % len(bench.peers)
            for peer in bench.peers[turn:] + bench.peers[:turn]:
                bench.progress(f"try {number + 1}/{bench.tries}, {peer.name}")
                self._attempt(bench, peer, number)

    def _attempt(self, bench, peer, number):
        if bench.failed.get(peer.name):
            for outcomes in self.outcomes.values():
                outcomes[peer.name].word = "failed"
            return
        measures_memory = MEMORY in self.wanted and number < bench.memory_tries
        try:
            samples = one_life(bench, peer, measures_memory)
        except NoAnswer as reason:
            bench.fail(peer, reason)
            return
        for case, sample in samples.items():
            self.outcomes[case][peer.name].samples[number] = sample


def one_life(bench, peer, measures_memory):
    """The samples of one server, by case."""
    user, samples = bench.new_user(peer), {}
    try:
        with open(bench.run_folder / "browser.log", "wb") as log:
            with Person(bench.hub, user, bench.new_profile(), log) as person:
                person.sign_in()
                samples[OPENING] = person.open()
        if measures_memory:
            time.sleep(bench.settling)
            samples[MEMORY] = memory(bench.hub.container(user))
        samples[STOP] = stop(bench.hub, user)
    finally:
        bench.discard(user)
    return samples


def memory(container):
    cgroup = Cgroup(container)
    total = cgroup.memory()
    ide, rest = cgroup.shares()
    return {"total": total, "ide": ide, "overhead": rest, "per": 1}


def stop(hub, user):
    """A sample: seconds to the end of PID 1 and until the Hub has forgotten the server, and how PID 1
    and the IDE ended."""
    cgroup = Cgroup(hub.container(user))
    first, ide = cgroup.first, cgroup.ide()
    with Ends() as ends:
        began = time.monotonic()
        hub.call("DELETE", f"/users/{user}/server")
        hub.wait_gone(user)
        gone = time.monotonic()
        end, status = ends.wait(first, STOP_PATIENCE)
        fate = told(ends.wait(ide, 1)[1])
    return {"end": end - began, "gone": gone - began, "code": told(status), "fate": fate, "per": 1}


class Case:
    """One of the tables."""

    def __init__(self, name):
        self.NAME = name

    def run(self, bench):
        name, outcomes = self.NAME, bench.lives.of(bench, self.NAME)
        table = compare(
            bench, TITLES[name], outcomes, FIGURES[name], NOTES[name] + bench.reasons(), OURS, "ours", MORE.get(name, [])
        )
        for row in table.rows:
            samples = row.get("samples", {}).values()
            for key, _, _ in MORE.get(name, []):
                row[key] = " or ".join(sorted({sample[key] for sample in samples})) or "–"
        return [table]


CASES = [Case(name) for name in FIGURES]
