"""Text for a client that takes it compressed."""

import argparse
import typing
from pathlib import Path

import nginx
from cases.serving import FIGURES, NOTES
from comparing import Figure, compare
from proxies import REFERENCE, nginx_with, waiide
from turns import by_turns, start_all
from wrk import wrk

NAME = "compression"
BYTES, CONNECTIONS = 100_000, 64
# What Chromium says.
ACCEPT = {"Accept-Encoding": "gzip, deflate, br, zstd"}
TEXTS = {
    "/text.js": "text of 100 KB that may change",
    "/immutable/text.js": "text of 100 KB that is said to stay the same for a year",
}
SENT = [Figure("sent", "bytes sent", 0)]


def text():
    """100 KB of source text."""
    whole = b"".join(Path(module.__file__).read_bytes() for module in (argparse, typing))
    return whole[:BYTES].ljust(BYTES)


def run(bench):
    for path, title in TEXTS.items():
        yield compressed(bench, path, title)
        bench.end_case()


def compressed(bench, path, title):
    peers = [
        waiide(bench.binary), nginx_with(REFERENCE, nginx.GZIP),
        nginx_with("nginx, gzip level 6", nginx.GZIP + " gzip_comp_level 6;"),
    ]
    answers = {}

    def check(one):
        answers[one.proxy.name] = settled(one, path)

    running = start_all(bench, bench.chosen(peers), bench.files_port, check)

    def attempt(one):
        headers = [f"{name}: {value}" for name, value in ACCEPT.items()]
        found = wrk(bench.load_core, one.url(path), CONNECTIONS, bench.seconds, headers)
        return {**found, "per": found["requests"], "sent": answers[one.proxy.name][0]}

    outcomes = by_turns(bench, running, attempt, bench.rounds)
    notes = NOTES + [f"{name}: {encoding}" for name, (_, encoding) in answers.items()]
    return compare(bench, f"{NAME}: {title}", outcomes, FIGURES + SENT, notes)


def settled(one, path):
    """The bytes and the coding of an answer, the second one: the first may be what makes it."""
    one.wait(path, ACCEPT)
    headers, body = one.wait(path, ACCEPT)
    return len(body), headers.get("Content-Encoding", "does NOT compress")
