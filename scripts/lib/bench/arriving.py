"""A person who wants the workbench of a container that is being started, and asks for it until it
can be used."""

import shutil
import threading
import time
from http.client import HTTPConnection, HTTPException

from browser import Browser
from comparing import Figure, compare
from entrypoints import OLD, OURS
from report import Target
from session import NoAnswer
from turns import Outcome
from workbench import SETTLED, is_usable, prepare

# Seconds, for a container that comes up.
PATIENCE = 60
# How often a person asks again who got an error, in seconds.
AGAIN = 0.25
FIGURES = [
    Figure("usable", "usable s", 2), Figure("exec", "exec of the IDE ms", 1),
    Figure("byte", "first byte ms", 1), Figure("page", "the workbench's page s", 2),
]
NOTES = [
    f"× old: the median of the ratios in each round, to {OLD}",
    "usable: the browser asks from the first moment on, and again every 250 ms where there is nobody or an "
    "error; a start-up page turns into the IDE by itself",
    "a first byte may be that of an error or of a start-up page",
]
MARK = b"vscode-workbench-web-configuration"


def compared(bench, title, start, notes):
    """The table of all peers by turns. `start` takes a peer, and returns what a container is here: the
    moment `executed`, its `stamps` and its `log`, and the `port` to ask at."""
    outcomes = {peer.name: Outcome() for peer in bench.peers}
    warm(bench, start)
    for number in range(bench.tries):
        turn = number % len(bench.peers)
        for peer in bench.peers[turn:] + bench.peers[:turn]:
            bench.progress(f"{number + 1}/{bench.tries}, {peer.name}")
            if not outcomes[peer.name].word:
                attempt(bench, peer, start, outcomes[peer.name], number)
    table = compare(bench, title, outcomes, FIGURES, [*notes, *NOTES], OLD, "old", [])
    ours, old = outcomes.get(OURS), outcomes.get(OLD)
    ratio = old.ratio("usable", ours) if ours and old else None
    table.targets.append(Target(f"usable, times as fast as {OLD}", ratio, 1))
    return table


def warm(bench, start):
    """One that is not measured: what comes from the disk is in memory then."""
    bench.progress("a first one")
    attempt(bench, bench.peers[0], start, Outcome(), 0)


def attempt(bench, peer, start, outcome, number):
    try:
        outcome.samples[number] = one_start(bench, lambda: start(peer))
    except NoAnswer as reason:
        bench.warn(f"{peer.name}: {reason}")
        outcome.word = "failed"


def one_start(bench, start):
    """A sample. The browser is there before, with an empty profile."""
    profile = bench.folder_of_run / "profile"
    shutil.rmtree(profile, ignore_errors=True)
    with open(bench.folder_of_run / "browser.log", "wb") as log:
        browser = Browser(profile, log=log)
        try:
            prepare(browser)
            time.sleep(SETTLED)
            return watched(start, browser)
        finally:
            browser.close()
            bench.end_case()


def watched(start, browser):
    container = start()
    prober = Prober(container.port)
    prober.start()
    usable = open_workbench(browser, container.port)
    prober.join(PATIENCE)
    ide = container.stamps.wait("X", PATIENCE)
    began = container.executed
    if prober.page is None:
        raise NoAnswer(f"no page of the workbench: {container.log()}")
    return {
        "usable": (usable - began) / 1e9, "exec": (ide.at - began) / 1e6,
        "byte": (prober.byte - began) / 1e6, "page": (prober.page - began) / 1e9, "per": 1,
    }


def open_workbench(browser, port):
    """The moment at which it can be used. Who gets an error asks again."""
    statuses, answers = [], []

    def note(message):
        params = message.get("params", {})
        if message.get("method") == "Network.responseReceived" and params.get("type") == "Document":
            statuses.append(params["response"]["status"])
        if is_usable(message):
            answers.append(time.monotonic_ns())

    browser.listeners.append(note)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        statuses.clear()
        failed = browser.call("Page.navigate", url=f"http://127.0.0.1:{port}/").get("errorText")
        if not failed and not any(status >= 400 for status in statuses):
            if answers:
                return answers[0]
            browser.pump(is_usable, PATIENCE, "usable workbench")
            return time.monotonic_ns()
        time.sleep(AGAIN)
    raise NoAnswer("nothing but errors")


class Prober(threading.Thread):
    """Asks for the page, as often as it can."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port = port
        self.byte = self.page = None

    def run(self):
        until = time.monotonic() + PATIENCE
        while self.page is None and time.monotonic() < until:
            self.ask()
            time.sleep(0.002 if self.byte is None else 0.02)

    def ask(self):
        client = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            client.request("GET", "/", headers={"Accept": "text/html"})
            answer = client.getresponse()
            self.byte = self.byte or time.monotonic_ns()
            body = answer.read()
            if answer.status in (301, 302, 307) or MARK in body:
                self.page = time.monotonic_ns()
        except (OSError, HTTPException):
            pass
        finally:
            client.close()
