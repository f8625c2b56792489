"""An hour of mixed use in rounds: a person with a browser, clients without one, and restarts; after each a
rest, in which memory and descriptors are to be what they were."""

import os
import select
import shutil
import signal
import statistics
import subprocess
import time
from dataclasses import dataclass

from entrypoints import IDE_PORT, PORT
from flat import FIGURES, trend
from person import Person
from plain import FAILURES, Decoder, ask
from report import Table, Target
from session import NoAnswer
from soaklog import BROUGHT_ABOUT, kinds
from visitors import Visitors, echoed, open_socket, service
from watching import Watcher, family, stat

NAME = "soak"
FILES_PORT, ECHO_PORT = 8090, 8091
# Seconds. SETTLE: the IDE hangs up on idle connections after 5, and what has ended is reaped at once.
START, EVERY, SETTLE = 60, 5, 10
SETTINGS = '{"terminal.integrated.gpuAcceleration":"off","terminal.integrated.environmentChangesRelaunch":false}'
ALL_FAILURES = (*FAILURES, NoAnswer, subprocess.SubprocessError)
# Every so many rounds.
KILLS, RESTARTS, NEW_PROFILE = 4, 4, 3
COLUMNS = [
    ("early", "second quarter", 0), ("late", "last quarter", 0), ("ratio", "ratio", 3),
    ("slope", "by the hour", 1), ("most", "most ever", 0),
]


@dataclass(frozen=True)
class Ports:
    public: int = PORT
    ide: int = IDE_PORT
    files: int = FILES_PORT
    echo: int = ECHO_PORT

    def files_path(self, path):
        return f"/proxy/{self.files}/{path}"


class Soak:
    """One container, and all who use it."""

    def __init__(self, bench):
        self.bench, self.ledger, self.ports = bench, bench.ledger, Ports()
        self.home, self.profile = bench.containers.runs / "home", bench.containers.runs / "profile"
        self.origin = f"http://127.0.0.1:{PORT}/"
        self.kills = self.asked = 0
        self.servers = []

    def begin(self):
        furnish(self.home)
        self.container = self.bench.containers.start(self.bench.peer, home=self.home)
        self.log = self.container.folder / "log"
        self.wait_ready()
        programs = self.bench.programs
        for program in (["python3", "-B", programs / "loopback_files.py"], [programs / "echo"]):
            self.servers.append(self.inside([*program, FILES_PORT + len(self.servers)]))
        self.visitors = Visitors(self.ports, self.ledger, Decoder(self.bench.node / "bin/node"))
        self.wait(lambda: ask(PORT, self.ports.files_path("bytes/1")).status == 200, "files on loopback")
        self.idle = open_socket(self.ports)
        self.said_at_start = self.log.stat().st_size
        self.watcher = Watcher(self.container.pid, PORT, EVERY, self.ledger)
        self.watcher.start()

    def inside(self, command):
        """A program of the user's in the container."""
        where = ["nsenter", "--target", self.container.pid, "--pid", "--mount", "--"]
        user = ["setpriv", "--reuid", 1000, "--regid", 100, "--clear-groups", "--pdeathsig", "KILL"]
        env = ["env", "-i", "PATH=/usr/local/bin:/usr/bin:/bin"]
        words = [str(word) for word in [*where, *env, *user, *command]]
        return subprocess.Popen(words, stdin=subprocess.DEVNULL, start_new_session=True)

    def wait(self, is_there, what, seconds=START):
        until = time.monotonic() + seconds
        while True:
            try:
                if is_there():
                    return
            except FAILURES:
                pass
            if time.monotonic() > until:
                raise NoAnswer(f"no {what}: {self.container.log()}")
            time.sleep(0.25)

    def wait_ready(self):
        self.wait(lambda: ask(PORT, "/api/health").status == 200, "healthy container")

    def rounds(self):
        """One after the other, each with a rest, until the time is over."""
        began, number = time.monotonic(), 0
        while (left := self.bench.seconds - (time.monotonic() - began)) > 0:
            number += 1
            self.bench.progress(f"round {number}, {left / 60:.0f} minutes left, {sum(self.ledger.faults.values())} faults")
            self.watcher.round, until = number, time.monotonic() + self.bench.period
            self.round(number)
            self.rest(max(until, time.monotonic() + SETTLE + self.bench.rest))

    def round(self, number):
        with self.ledger.act("visit of a person", ALL_FAILURES):
            self.visit(number)
        self.visitors.round()
        if number % KILLS == 1:
            with self.ledger.act("kill of the IDE", ALL_FAILURES):
                self.kill_ide()
        if number % RESTARTS == 3:
            with self.ledger.act("restart by the API", ALL_FAILURES):
                self.restart_ide()
        with self.ledger.act("idle WebSocket", ALL_FAILURES):
            if select.select([self.idle], [], [], 0)[0]:
                raise NoAnswer(f"something came, or it was closed: {self.idle.recv(100)!r}")

    def visit(self, number):
        if number % NEW_PROFILE == 1:
            shutil.rmtree(self.profile, ignore_errors=True)
        with open(self.bench.containers.runs / "browser.log", "wb") as log:
            with Person(self.profile, log, self.origin, self.ledger) as person:
                person.open(self.origin)
                person.open_terminal()
                person.run(f'echo "$((6*7)) of {number}"; for i in 1 2 3 4 5; do (sleep 0.$i &); done', f"42 of {number}\n")
                person.save("notes.txt", f"saved in round {number}")
                saved = self.home / "workspace/notes.txt"
                self.wait(lambda: saved.read_text() == f"saved in round {number}", "saved file", 20)
                person.reload()
                self.ledger.did("workbench opened", 2)

    def kill_ide(self):
        """As the kernel does when memory runs out: a restart that is expected."""
        self.kills += 1
        before = service(PORT, "ide")["pid"]
        os.kill(self.outer(before), signal.SIGKILL)
        self.wait_new(before)

    def restart_ide(self):
        self.asked += 1
        before = service(PORT, "ide")["pid"]
        origin = {"Origin": self.origin.rstrip("/")}
        answer = ask(PORT, "/api/services/ide/restart", origin, "POST")
        self.ledger.expect(answer.status == 202, "POST restart", f"{answer.status} {answer.body[:200]}")
        self.wait_new(before)

    def outer(self, pid):
        """The number out here of a process in the namespace (proc_pid_status(5), NSpid)."""
        for each in family(self.container.pid):
            text = open(f"/proc/{each}/status").read()
            if next(line for line in text.splitlines() if line.startswith("NSpid")).split()[-1] == str(pid):
                return each
        raise NoAnswer(f"no process {pid} in the container")

    def wait_new(self, before):
        def is_new():
            found = service(PORT, "ide")
            return found["ready"] and found["pid"] not in (None, before)

        self.wait(is_new, "IDE that is ready again")
        self.wait_ready()

    def rest(self, until):
        time.sleep(SETTLE)
        self.watcher.resting = True
        time.sleep(max(0, until - time.monotonic()))
        self.watcher.resting = False

    def end(self):
        """What is known only at the end."""
        with self.ledger.act("idle WebSocket at the end", ALL_FAILURES):
            self.idle.settimeout(5)
            self.ledger.expect(echoed(self.idle, b"still here"), "idle WebSocket at the end", "no echo")
        self.restarts = service(PORT, "ide")["restarts"] - self.kills - self.asked
        self.gateway_restarts = service(PORT, "gateway")["restarts"]
        self.watcher.close()
        self.logged = kinds(self.log, self.said_at_start)

    def close(self):
        for server in self.servers:
            server.kill()
            server.wait()


def furnish(home):
    """A home with a file to be changed, and a terminal that is drawn as text."""
    machine = home / ".WAIIDE-server/data/Machine"
    for folder in (machine, home / "workspace"):
        folder.mkdir(parents=True)
    (machine / "settings.json").write_text(SETTINGS)
    (home / "workspace/notes.txt").write_text("notes\n")


def run(bench):
    soak = bench.soak = Soak(bench)
    try:
        soak.begin()
        soak.rounds()
        soak.end()
    finally:
        if hasattr(soak, "watcher"):
            soak.watcher.is_over.set()
            bench.samples = soak.watcher.samples
        soak.close()
    return [flatness(bench, soak), used(bench, soak)]


def roles(samples):
    return list(dict.fromkeys(name for sample in samples if sample["resting"] for name in sample["ours"]))


def flatness(bench, soak):
    samples = soak.watcher.samples
    rests = [sample for sample in samples if sample["resting"]]
    end = samples[-1]["at"]
    table = Table("at the rests between rounds", COLUMNS, "late")
    for name in roles(samples):
        for key, head, most in FIGURES:
            points = [(each["at"], each["ours"][name][key]) for each in rests if each["ours"].get(name)]
            found = trend(points, end)
            table.add(f"{name}: {head}", **found, points=points)
            if most:
                table.targets.append(Target(f"{name}: {head}, last quarter to second", found["ratio"], most=most))
        cpu = [each["ours"][name]["cpu"] for each in samples if each["ours"].get(name)]
        table.notes.append(f"{name}: {cpu[-1] - cpu[0]:.1f} s of a core in {end / 60:.0f} minutes")
    others = statistics.median(each["others_rss"] for each in rests) / 1024
    table.notes.append(f"for information: the IDE and all else in the container {others:,.0f} MiB at the rests")
    zombies = sorted({name for each in rests for name in each["zombies"]})
    table.notes += [f"zombies at a rest: {', '.join(zombies)}"] if zombies else []
    table.targets.append(Target("zombies at a rest", max(len(each["zombies"]) for each in rests), most=0))
    return table


def used(bench, soak):
    """What was done, and what went wrong with it."""
    ledger = soak.ledger
    table = Table("what was done", [("done", "times", 0), ("faults", "not as expected", 0)], "done")
    for what in sorted(ledger.done | ledger.faults):
        table.add(what, done=ledger.done[what], faults=ledger.faults[what])
    table.notes += [f"fault at {each['at']} s: {each['what']}: {each['detail']}" for each in ledger.first[:5]]
    table.notes.append(f"restarts that were brought about: {soak.kills} by SIGKILL, {soak.asked} by the API")
    table.notes += [f"logged {count} times: {text}" for text, count in soak.logged.most_common()]
    unexplained = sum(soak.logged.values()) - min(soak.logged[BROUGHT_ABOUT], soak.kills)
    table.targets += [
        Target("restarts of the IDE that nobody brought about", soak.restarts, most=0),
        Target("restarts of the gateway", soak.gateway_restarts, most=0),
        Target("what clients saw and did not expect", sum(ledger.faults.values()), most=0),
        Target("warnings and errors in the log that nobody brought about", unexplained, most=0),
    ]
    bench.result = {"faults": ledger.first, "log": dict(soak.logged), "samples": soak.watcher.samples}
    return table
