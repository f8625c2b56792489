"""Peers measured by turns, so that whatever else the machine does hits all alike."""

import statistics
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException

from proxies import Way
from servers import PATIENCE
from session import NoAnswer


@dataclass
class Outcome:
    """What came of one peer."""

    samples: dict = field(default_factory=dict)  # by round
    idle: float | None = None  # MB
    after: float | None = None
    word: str = ""  # why there is nothing, or what went wrong

    def median(self, key):
        values = [sample[key] for sample in self.samples.values() if sample.get(key) is not None]
        return statistics.median(values) if values else None

    def ratio(self, key, reference):
        """The median of what it is to the other in the same round."""
        pairs = [(sample.get(key), reference.samples.get(at, {}).get(key)) for at, sample in self.samples.items()]
        ratios = [mine / theirs for mine, theirs in pairs if mine is not None and theirs]
        return statistics.median(ratios) if ratios else None


class Running:
    """A peer that has been started."""

    def __init__(self, proxy, way):
        self.proxy, self.way = proxy, way
        self.parts = proxy.begin(way)
        self.port = way.port if self.parts else way.backend
        self.prefix = proxy.prefix(way) if self.parts else ""
        self.server = self.parts[0] if self.parts else None
        self.word = ""  # why it is not measured

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{self.prefix}{path}"

    def get(self, path, headers):
        """One request, on a connection of its own: the status, the headers, the body."""
        client = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            client.request("GET", self.prefix + path, headers=headers)
            answer = client.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            client.close()

    def wait(self, path, headers):
        """Until it answers; returns the answer."""
        got = []

        def is_there():
            try:
                got[:] = self.get(path, headers)
            except (OSError, HTTPException):
                return False
            return got[0] == 200

        if self.server:
            self.server.wait_for(is_there, f"200 for {path}")
        elif not is_there():
            raise NoAnswer(f"the backend does not answer {path}")
        return got[1], got[2]

    def cpu(self):
        return self.server.cpu() if self.server else None

    def rss(self):
        return self.server.rss() if self.server else None

    def close(self):
        for part in self.parts:
            part.close()


def start_all(bench, proxies, backend, check, base="/"):
    """All of them, each on a port of its own. One that `check` raises NoAnswer of is not
    measured. They are the bench's to close."""
    for proxy in proxies:
        way = Way(bench.run_folder, bench.proxy_core, bench.next_port(), backend, base)
        bench.running.append(Running(proxy, way))
    for one in bench.running:
        try:
            check(one)
        except NoAnswer as reason:
            bench.warn(str(reason))
            one.word = "failed"
    return list(bench.running)


def by_turns(bench, running, attempt, rounds):
    """The outcomes by name. `attempt` measures one peer once; what it returns is a sample, in
    which `per` says by how much the processor's time is to be divided."""
    outcomes = {one.proxy.name: Outcome(idle=one.rss(), word=one.word) for one in running}
    for number in range(rounds):
        turn = number % len(running)
        bench.progress(f"round {number + 1}/{rounds}")
        for one in running[turn:] + running[:turn]:
            outcome = outcomes[one.proxy.name]
            if outcome.word or (bench.quick and one.proxy.is_slow and number):
                continue
            try_once(one, outcome, attempt, number)
    for one in running:
        outcomes[one.proxy.name].after = one.rss()
    return outcomes


def try_once(one, outcome, attempt, number):
    before = one.cpu()
    try:
        sample = attempt(one)
    except NoAnswer as reason:
        outcome.word = str(reason)
        return
    if before is not None:
        sample["cpu"] = (one.cpu() - before) * 1e6 / sample["per"]
    outcome.samples[number] = sample
