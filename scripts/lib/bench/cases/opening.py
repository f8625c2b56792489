"""From the start of the container until a person has the workbench: exec of PID 1 to that of the IDE,
to the first byte on the public port, to the workbench's page, to a workbench that can be used."""

import threading
import time
from http.client import HTTPConnection, HTTPException

from browser import Browser
from comparing import Figure, compare
from entrypoints import OLD, OURS, PORT
from report import Target
from session import NoAnswer
from turns import Outcome
from workbench import WATCH, is_usable, prepare

NAME = "opening"
# Seconds, for a container that comes up.
PATIENCE = 60
# How often a person asks again who got an error, in seconds.
AGAIN = 0.25
FIGURES = [
    Figure("usable", "usable s", 2), Figure("exec", "exec of the IDE ms", 1),
    Figure("byte", "first byte ms", 1), Figure("page", "the workbench's page s", 2),
]
NOTES = [
    "all from exec of PID 1; the home is new and empty; × old: the median of the ratios in each round, to "
    + OLD,
    "usable: the browser asks from the first moment on, and again every 250 ms where there is nobody or an "
    "error; a start-up page turns into the IDE by itself",
    "a first byte may be that of an error or of a start-up page",
]
# A new home's folder has nothing to list.
WATCH_EMPTY = WATCH.replace(".monaco-list-row", ".monaco-list")
MARK = b"vscode-workbench-web-configuration"


def run(bench):
    outcomes = {peer.name: Outcome() for peer in bench.peers}
    for number in range(bench.tries):
        turn = number % len(bench.peers)
        for peer in bench.peers[turn:] + bench.peers[:turn]:
            bench.progress(f"{number + 1}/{bench.tries}, {peer.name}")
            if not outcomes[peer.name].word:
                attempt(bench, peer, outcomes[peer.name], number)
    table = compare(bench, "a new container with the real IDE", outcomes, FIGURES, NOTES, OLD, "old", [])
    ours, old = outcomes.get(OURS), outcomes.get(OLD)
    ratio = old.ratio("usable", ours) if ours and old else None
    table.targets.append(Target(f"usable, times as fast as {OLD}", ratio, 1))
    return [table]


def attempt(bench, peer, outcome, number):
    try:
        outcome.samples[number] = one_start(bench, peer)
    except NoAnswer as reason:
        bench.warn(f"{peer.name}: {reason}")
        outcome.word = "failed"


def one_start(bench, peer):
    """A sample. The browser is there before, with an empty profile."""
    profile = bench.containers.runs / "profile"
    log = open(bench.containers.runs / "browser.log", "wb")
    with log:
        browser = Browser(profile, log=log)
        try:
            prepare(browser, WATCH_EMPTY)
            settle(browser)
            return watched(bench, peer, browser)
        finally:
            browser.close()
            bench.containers.close()


def settle(browser):
    browser.call("Network.clearBrowserCache")
    time.sleep(0.5)


def watched(bench, peer, browser):
    container = bench.containers.start(peer)
    prober = Prober()
    prober.start()
    usable = open_workbench(browser)
    prober.join(PATIENCE)
    ide = container.stamps.wait("X", PATIENCE)
    began = container.executed
    if prober.page is None:
        raise NoAnswer(f"no page of the workbench: {container.log()}")
    return {
        "usable": (usable - began) / 1e9, "exec": (ide.at - began) / 1e6,
        "byte": (prober.byte - began) / 1e6, "page": (prober.page - began) / 1e9, "per": 1,
    }


def open_workbench(browser):
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
        failed = browser.call("Page.navigate", url=f"http://127.0.0.1:{PORT}/").get("errorText")
        if not failed and not any(status >= 400 for status in statuses):
            if answers:
                return answers[0]
            browser.pump(is_usable, PATIENCE, "usable workbench")
            return time.monotonic_ns()
        time.sleep(AGAIN)
    raise NoAnswer("nothing but errors")


class Prober(threading.Thread):
    """Asks for the page, as often as it can."""

    def __init__(self):
        super().__init__(daemon=True)
        self.byte = self.page = None

    def run(self):
        until = time.monotonic() + PATIENCE
        while self.page is None and time.monotonic() < until:
            self.ask()
            time.sleep(0.002 if self.byte is None else 0.02)

    def ask(self):
        client = HTTPConnection("127.0.0.1", PORT, timeout=5)
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
