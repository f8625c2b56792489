"""The mixed use of one container, in rounds: a person with a browser, clients without one, and restarts;
after each a rest."""

import json
import os
import select
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from entrypoints import IDE_PORT, PORT
from person import Person
from plain import FAILURES, Decoder, ask, echoed, open_socket, service
from servers import family
from session import NoAnswer
from soaklog import kinds
from visitors import Visitors
from watching import Watcher

# Seconds, for a start; between samples; until a rest begins: a VS Code server lets go of what a closed
# browser has left after 30, of which the visitors take some.
START, EVERY, SETTLE = 120, 5, 20
SETTINGS = {"terminal.integrated.gpuAcceleration": "off", "terminal.integrated.environmentChangesRelaunch": False}
ALL_FAILURES = (*FAILURES, NoAnswer, subprocess.SubprocessError)
# Which rounds of how many: kills, a restart while a browser is there, a browser with an empty profile.
KILLED, ASKED, NEW = (1, 4), (2, 4), (1, 3)
# What a terminal leaves to PID 1: five processes whose parents have ended.
ORPHANS = "for i in 1 2 3 4 5; do (sleep 0.$i &); done"


@dataclass(frozen=True)
class Ports:
    """The gateway's and the IDE's, and those of the user's own servers."""

    public: int = PORT
    ide: int = IDE_PORT
    files: int = 8090
    echo: int = 8091

    @property
    def echo_path(self):
        return f"/proxy/{self.echo}/echo"

    def files_path(self, path):
        return f"/proxy/{self.files}/{path}"


class Usage:
    """One container, and all who use it."""

    def __init__(self, bench):
        self.bench, self.ledger, self.ports = bench, bench.ledger, Ports()
        self.runs = bench.containers.runs
        self.origin = f"http://127.0.0.1:{PORT}"
        self.kills = self.asked = 0
        self.servers, self.watcher = [], None

    def begin(self):
        furnish(self.runs / "home")
        self.container = self.bench.containers.start(self.bench.peer, home=self.runs / "home")
        self.log = self.container.folder / "log"
        self.wait(self.is_healthy, "healthy container")
        files = ["python3", "-B", self.bench.programs / "loopback_files.py", self.ports.files]
        self.servers = [self.inside(files), self.inside([self.bench.programs / "echo", self.ports.echo])]
        self.wait(lambda: ask(PORT, self.ports.files_path("bytes/1")).status == 200, "files on loopback")
        self.visitors = Visitors(self.ports, self.ledger, Decoder(self.bench.node / "bin/node"))
        self.idle = open_socket(PORT, self.ports.echo_path)
        self.said_at_start = self.log.stat().st_size
        self.watcher = Watcher(self.container.pid, PORT, EVERY, self.ledger)
        self.watcher.start()

    def inside(self, command):
        """A program of the user's in the container."""
        where = ["nsenter", "--target", self.container.pid, "--pid", "--mount", "--"]
        user = ["setpriv", "--reuid", 1000, "--regid", 100, "--clear-groups", "--pdeathsig", "KILL"]
        words = [*where, "env", "-i", "PATH=/usr/local/bin:/usr/bin:/bin", *user, *command]
        return subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, start_new_session=True)

    def wait(self, is_there, what, seconds=START):
        until = time.monotonic() + seconds
        while True:
            try:
                if is_there():
                    return
            except FAILURES:
                pass  # it may be starting
            if time.monotonic() > until:
                raise NoAnswer(f"no {what}: {self.container.log()}")
            time.sleep(0.25)

    def is_healthy(self):
        return ask(PORT, "/api/health").status == 200

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
                self.kill_ide()
        with self.ledger.act("idle WebSocket", ALL_FAILURES):
            if select.select([self.idle], [], [], 0)[0]:
                raise NoAnswer(f"something came, or it was closed: {self.idle.recv(100)!r}")

    def visit(self, number):
        profile, text = self.runs / "profile", f"saved in round {number}"
        if is_due(number, NEW):
            shutil.rmtree(profile, ignore_errors=True)
        with open(self.runs / "browser.log", "wb") as log, Person(profile, log, self.origin, self.ledger) as person:
            person.open(self.origin + "/")
            person.open_terminal()
            person.run(f'echo "$((6*7)) of {number}"; {ORPHANS}', f"42 of {number}\n")
            person.save("notes.txt", text)
            saved = self.runs / "home/workspace/notes.txt"
            self.wait(lambda: saved.read_text() == text, "saved file")
            if is_due(number, ASKED):
                person.expects_errors = True
                self.restart_ide()
            person.reload()

    def kill_ide(self):
        """As the kernel does when memory runs out."""
        self.kills += 1
        before = service(PORT, "ide")["pid"]
        os.kill(self.outer(before), signal.SIGKILL)
        self.wait_new(before)

    def restart_ide(self):
        """By the API, as the button of the status page does."""
        self.asked += 1
        before = service(PORT, "ide")["pid"]
        answer = ask(PORT, "/api/services/ide/restart", {"Origin": self.origin}, "POST")
        self.ledger.expect(answer.status == 202, "restart by the API", f"{answer.status} {answer.body[:200]}")
        self.wait_new(before)

    def outer(self, pid):
        """The number out here of a process in the namespace (proc_pid_status(5), NSpid)."""
        for each in family(self.container.pid):
            numbers = [line.split() for line in Path(f"/proc/{each}/status").read_text().splitlines() if line.startswith("NSpid")]
            if numbers and numbers[0][-1] == str(pid):
                return each
        raise NoAnswer(f"no process {pid} in the container")

    def wait_new(self, before):
        def is_new():
            found = service(PORT, "ide")
            return found["ready"] and found["pid"] not in (None, before)

        self.wait(is_new, "IDE that is ready again")
        self.wait(self.is_healthy, "healthy container")

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
        self.restarts = service(PORT, "ide")["restarts"] - self.kills - self.asked
        self.gateway_restarts = service(PORT, "gateway")["restarts"]
        self.watcher.close()
        self.logged = kinds(self.log, self.said_at_start)

    def result(self):
        """All that has been seen so far."""
        return {"samples": self.watcher.samples if self.watcher else [], "faults": self.ledger.first}

    def close(self):
        if self.watcher:
            self.watcher.is_over.set()
        for server in self.servers:
            server.kill()
            server.wait()


def is_due(number, rounds):
    return number % rounds[1] == rounds[0]


def furnish(home):
    """A home with a file to be changed, and a terminal that is drawn as text."""
    machine = home / ".WAIIDE-server/data/Machine"
    for folder in (machine, home / "workspace"):
        folder.mkdir(parents=True)
    (machine / "settings.json").write_text(json.dumps(SETTINGS))
    (home / "workspace/notes.txt").write_text("notes\n")
