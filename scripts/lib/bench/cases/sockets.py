"""WebSockets: how long a message takes there and back, and how much goes through."""

import json
import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import nginx
from comparing import Figure, compare, to_nginx
from proxies import REFERENCE, TELLING, nginx_with, waiide
from servers import PATIENCE, pinned
from session import NoAnswer
from turns import by_turns, start_all
from wrk import wrk

ROUND_TRIP, BULK, BESIDE = "round-trip", "bulk", "beside"
TRIPS = [
    Figure("p50", "p50 µs", 0), Figure("p99", "p99 µs", 0), Figure("rate", "messages/s", 0),
    Figure("cpu", "CPU µs/message", 1),
]
AMOUNTS = [Figure("rate", "MB/s", 0), Figure("cpu", "CPU µs/MB", 0)]
# What is asked for at the same time: text of 100 KB, for a browser.
TEXT, ASKING, ACCEPT = "/text.js", 8, "Accept-Encoding: gzip, deflate, br, zstd"
# Connections, and bytes of a message.
SIZES = [(32, 125), (32, 16_384)]
COUNTS = [1, 8]


def talk(bench, one, path, mode, connections, size, seconds):
    """What bin/sockets says after so long."""
    client = [bench.folder / "bin/sockets", one.port, one.prefix + path, mode, connections, size, seconds]
    try:
        done = subprocess.run(
            pinned(bench.load_core, client), stdin=subprocess.DEVNULL, capture_output=True, text=True,
            start_new_session=True, timeout=seconds + 60,
        )
    except subprocess.TimeoutExpired:
        raise NoAnswer("no answer") from None
    if done.returncode:
        raise NoAnswer(done.stderr.strip() or f"the client ended with {done.returncode}")
    return json.loads(done.stdout)


def is_there(bench, one):
    """Whether a message comes back the same."""
    try:
        return talk(bench, one, "/echo", ROUND_TRIP, 1, 1000, 0.01)["messages"] > 0
    except NoAnswer:
        return False


def started(bench):
    def check(one):
        if one.server:
            one.server.wait_for(lambda: is_there(bench, one), f"WebSocket within {PATIENCE} s")

    peers = [peer for peer in bench.peers if peer.takes_sockets and peer.name != TELLING]
    return start_all(bench, peers, bench.echo_port, check)


@dataclass(frozen=True)
class Talking:
    """One of the two kinds."""

    NAME: str

    def run(self, bench):
        make = round_trips if self.NAME == ROUND_TRIP else bulk
        for parameter in SIZES if self.NAME == ROUND_TRIP else COUNTS:
            yield make(bench, parameter)
            bench.end_case()


def round_trips(bench, parameter):
    connections, size = parameter

    def attempt(one):
        found = talk(bench, one, "/echo", ROUND_TRIP, connections, size, bench.seconds)
        rate = found["messages"] / found["seconds"]
        return {"p50": found["p50_us"], "p99": found["p99_us"], "rate": rate, "per": found["messages"]}

    outcomes = by_turns(bench, started(bench), attempt, bench.rounds)
    title = f"round-trip: WebSocket messages of {size:,} bytes there and back, {connections} connections"
    table = compare(bench, title, outcomes, TRIPS)
    table.targets += [
        to_nginx(outcomes, "p50", "p50 of the round trip", most=1),
        to_nginx(outcomes, "p99", "p99 of the round trip", most=1),
    ]
    return table


def bulk(bench, connections):
    def attempt(one):
        found = talk(bench, one, "/source", BULK, connections, 0, bench.seconds)
        return {"rate": found["bytes"] / found["seconds"] / 1e6, "per": found["bytes"] / 1e6}

    outcomes = by_turns(bench, started(bench), attempt, bench.rounds)
    title = f"bulk: WebSocket messages of 64 KB from the backend, {connections} connection" + "s" * (connections > 1)
    table = compare(bench, title, outcomes, AMOUNTS)
    table.targets.append(to_nginx(outcomes, "rate", "MB a second", least=1.3))
    return table


@dataclass(frozen=True)
class Beside:
    """One person types while others fetch pages. The peer may use all cores."""

    NAME: str = BESIDE

    def run(self, bench):
        # Those that compress it.
        peers = [
            waiide(bench.binary), nginx_with(REFERENCE, nginx.GZIP),
            nginx_with("nginx, a worker for each core", nginx.GZIP, workers=os.cpu_count()),
        ]
        with bench.on_all_cores():
            running = start_all(bench, bench.chosen(peers), bench.files_port, lambda one: one.wait(TEXT, {}))
        outcomes = by_turns(bench, running, lambda one: self.attempt(bench, one), bench.rounds)
        bench.end_case()
        title = (
            f"{self.NAME}: WebSocket messages of 125 bytes there and back, 1 connection, while {ASKING} "
            "connections fetch text of 100 KB, which is compressed; the peer on any core"
        )
        figures = [*TRIPS[:3], Figure("others", "texts/s", 0)]
        return [compare(bench, title, outcomes, figures)]

    def attempt(self, bench, one):
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(wrk, bench.load_core, one.url(TEXT), ASKING, bench.seconds + 1, [ACCEPT])
            time.sleep(0.5)
            found = talk(bench, one, "/echo", ROUND_TRIP, 1, 125, bench.seconds)
            others = asked.result()["rate"]
        rate = found["messages"] / found["seconds"]
        return {"p50": found["p50_us"], "p99": found["p99_us"], "rate": rate, "others": others, "per": found["messages"]}


CASES = [Talking(ROUND_TRIP), Talking(BULK), Beside()]
