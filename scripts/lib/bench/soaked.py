"""One container with servers of its user's, and what is done to it from outside."""

import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from entrypoints import IDE_PORT, PORT
from plain import FAILURES, ask, service
from servers import family
from session import NoAnswer

# Seconds, for whatever starts.
START = 120
SETTINGS = {"terminal.integrated.gpuAcceleration": "off", "terminal.integrated.environmentChangesRelaunch": False}


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


class Soaked:
    """It runs from `begin` to `close`."""

    def __init__(self, bench, ledger):
        self.bench, self.ledger, self.ports = bench, ledger, Ports()
        self.home = bench.containers.runs / "home"
        self.origin = f"http://127.0.0.1:{PORT}"
        self.kills = self.asked = 0
        self.servers = []

    def begin(self):
        """Until all of it answers."""
        furnish(self.home)
        self.container = self.bench.containers.start(self.bench.peer, home=self.home)
        self.pid, self.log = self.container.pid, self.container.folder / "log"
        self.wait(self.is_healthy, "healthy container")
        files = ["python3", "-B", self.bench.programs / "loopback_files.py", self.ports.files]
        self.servers = [self.inside(files), self.inside([self.bench.programs / "echo", self.ports.echo])]
        self.wait(lambda: ask(PORT, self.ports.files_path("bytes/1")).status == 200, "files on loopback")

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

    def unexpected_restarts(self):
        """The IDE's that nobody brought about, and the gateway's."""
        return service(PORT, "ide")["restarts"] - self.kills - self.asked, service(PORT, "gateway")["restarts"]

    def close(self):
        for server in self.servers:
            server.kill()
            server.wait()


def furnish(home):
    """A home with a file to be changed, and a terminal that is drawn as text."""
    machine = home / ".WAIIDE-server/data/Machine"
    for folder in (machine, home / "workspace"):
        folder.mkdir(parents=True)
    (machine / "settings.json").write_text(json.dumps(SETTINGS))
    (home / "workspace/notes.txt").write_text("notes\n")
