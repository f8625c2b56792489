"""The mixed use of one container, in rounds: a person with a browser, clients without one, and restarts;
after each a rest."""

import select
import shutil
import subprocess
import time

from person import Person
from plain import FAILURES, Decoder, echoed, open_socket
from session import NoAnswer
from soaked import Soaked
from soaklog import kinds
from visitors import Visitors
from watching import Watcher

# Seconds between samples, and until a rest begins: a VS Code server lets go of what a closed browser has left
# after 30, of which the visitors take some.
EVERY, SETTLE = 5, 20
ALL_FAILURES = (*FAILURES, NoAnswer, subprocess.SubprocessError)
# Which rounds of how many: kills, a restart while a browser is there, a browser with an empty profile.
KILLED, ASKED, NEW = (1, 4), (2, 4), (1, 3)
# What a terminal leaves to PID 1: five processes whose parents have ended.
ORPHANS = "for i in 1 2 3 4 5; do (sleep 0.$i &); done"


class Usage:
    """One container, and all who use it."""

    def __init__(self, bench):
        self.bench, self.ledger, self.runs = bench, bench.ledger, bench.containers.runs
        self.soaked, self.watcher = Soaked(bench, bench.ledger), None

    def begin(self):
        self.soaked.begin()
        ports = self.soaked.ports
        self.visitors = Visitors(ports, self.ledger, Decoder(self.bench.node / "bin/node"))
        self.idle = open_socket(ports.public, ports.echo_path)
        self.said_at_start = self.soaked.log.stat().st_size
        self.watcher = Watcher(self.soaked.pid, ports.public, EVERY, self.ledger)
        self.watcher.start()

    def rounds(self):
        """One after the other, each with a rest, until the time is over."""
        began, number = time.monotonic(), 0
        while (left := self.bench.seconds - (time.monotonic() - began)) > 0:
            number += 1
            faults = sum(self.ledger.faults.values())
            self.bench.progress(f"round {number}, {left / 60:.0f} minutes left, {faults} not as expected")
            self.watcher.round, until = number, time.monotonic() + self.bench.period
            self.round(number)
            self.rest(max(until, time.monotonic() + SETTLE + self.bench.rest))

    def round(self, number):
        with self.ledger.act("visit of a person", ALL_FAILURES):
            self.visit(number)
        self.visitors.round()
        if is_due(number, KILLED):
            with self.ledger.act("kill of the IDE", ALL_FAILURES):
                self.soaked.kill_ide()
        with self.ledger.act("idle WebSocket", ALL_FAILURES):
            if select.select([self.idle], [], [], 0)[0]:
                raise NoAnswer(f"something came, or it was closed: {self.idle.recv(100)!r}")

    def visit(self, number):
        profile, text = self.runs / "profile", f"saved in round {number}"
        picture = self.bench.kept.with_suffix(f".{number}.png")
        if is_due(number, NEW):
            shutil.rmtree(profile, ignore_errors=True)
        with open(self.runs / "browser.log", "wb") as log, Person(profile, log, self.soaked.origin, self.ledger, picture) as person:
            person.open(self.soaked.origin + "/")
            person.open_terminal()
            person.run(f'echo "$((6*7)) of {number}"; {ORPHANS}', f"42 of {number}\n")
            person.save("notes.txt", text)
            saved = self.soaked.home / "workspace/notes.txt"
            self.soaked.wait(lambda: saved.read_text() == text, "saved file")
            if is_due(number, ASKED):
                person.expects_errors = True
                self.soaked.restart_ide()
            person.reload()

    def rest(self, until):
        """The first part of it, in which all settles, does not count."""
        time.sleep(SETTLE)
        self.watcher.resting = True
        time.sleep(max(0, until - time.monotonic()))
        self.watcher.resting = False

    def end(self):
        """What is known only at the end."""
        with self.ledger.act("idle WebSocket", ALL_FAILURES):
            self.idle.settimeout(5)
            if not echoed(self.idle, b"still here"):
                raise NoAnswer("no echo at the end")
        self.restarts, self.gateway_restarts = self.soaked.unexpected_restarts()
        self.watcher.close()
        self.logged = kinds(self.soaked.log, self.said_at_start)

    def result(self):
        """All that has been seen so far."""
        return {"samples": self.watcher.samples if self.watcher else [], "faults": self.ledger.first}

    def close(self):
        if self.watcher:
            self.watcher.is_over.set()
        self.soaked.close()


def is_due(number, rounds):
    return number % rounds[1] == rounds[0]
