"""Plain requests: files of four sizes, and four ways to connect."""

from dataclasses import dataclass

from comparing import Figure, compare, in_memory, to_nginx, to_slow_peers
from proxies import DIRECT, PLUS, TELLING
from session import NoAnswer
from turns import by_turns, start_all
from wrk import wrk

# Bytes, by the name of the file.
SIZES = {"1k": 1_000, "100k": 100_000, "1m": 1_000_000, "5m": 5_000_000}
FIGURES = [
    Figure("rate", "requests/s", 0), Figure("p50", "p50 ms", 2, has_ratio=False),
    Figure("p99", "p99 ms", 2), Figure("cpu", "CPU µs/request", 1),
]
NOTES = [
    "× nginx: the median of the ratios in each round; CPU: user and kernel mode, of all processes "
    "of the peer; RSS: their sum",
]


@dataclass(frozen=True)
class Serving:
    """One size, one way to connect."""

    NAME: str
    title: str
    size: str = "1k"
    connections: int = 64
    headers: tuple = ()
    # The targets' own, and all that the issue compares with.
    is_meant: bool = False
    # jupyter-server-proxy's and http.server's, at the least.
    times: tuple = ()

    def run(self, bench):
        path = f"/{self.size}.bin"
        running = start_all(bench, self.peers(bench), bench.files_port, self.check)
        outcomes = by_turns(bench, running, lambda one: self.attempt(bench, one, path), bench.rounds)
        bench.end_case()
        return [self.table(bench, outcomes)]

    def check(self, one):
        _, body = one.wait(f"/{self.size}.bin", {})
        if len(body) != SIZES[self.size]:
            raise NoAnswer(f"{one.proxy.name} answers with {len(body)} bytes")

    def peers(self, bench):
        """Without those that make no difference here and, in a quick run, those far behind."""
        is_small = self.size == "1k"
        needless = {TELLING} if not is_small else {PLUS} if bench.quick else set()
        known = [each for each in bench.peers if each.name not in needless]
        return [each for each in known if not bench.quick or self.times or not each.is_slow]

    def attempt(self, bench, one, path):
        found = wrk(bench.load_core, one.url(path), self.connections, bench.seconds, self.headers)
        if found["errors"]:
            bench.warn(f"{one.proxy.name}: {found['errors']}")
        return {**found, "per": found["requests"]}

    def table(self, bench, outcomes):
        notes = [*NOTES]
        if DIRECT in outcomes:
            notes.append(f"{DIRECT}: the load on the backend itself, both on one core")
        table = compare(bench, f"{self.NAME}: {self.title}", outcomes, FIGURES, notes)
        if self.is_meant:
            table.targets += [
                to_nginx(outcomes, "rate", "requests a second", least=1),
                to_nginx(outcomes, "p99", "p99", most=1),
                to_nginx(outcomes, "cpu", "CPU for a request", most=1),
            ]
            table.targets += in_memory(outcomes)
        if self.times:
            table.targets += to_slow_peers(outcomes, *self.times)
        return table


CASES = [
    Serving("1k", "1 KB, 64 connections", is_meant=True, times=(40, 14)),
    Serving("100k", "100 KB, 64 connections", "100k", is_meant=True),
    Serving("1m", "1 MB, 64 connections", "1m", times=(5, 1.5)),
    Serving("5m", "5 MB, 64 connections", "5m", is_meant=True),
    Serving("one", "1 KB, 1 connection", connections=1),
    Serving("thousand", "1 KB, 1,000 connections", connections=1000),
    Serving("close", "1 KB, 64 at a time, a connection for each request", headers=("Connection: close",)),
]
