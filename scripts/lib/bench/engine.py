"""Containers of the Docker engine's, each of a new `docker run`."""

import itertools
import os
import shutil
import subprocess
import time
from pathlib import Path

from container import Stamps
from entrypoints import PORT
from hubs import docker
from session import stops_later

# Where a container sees its own folder: its peer's files, and the socket that stamps come in at.
SEEN = Path("/mnt/run")
# Seconds, for what takes few unless something is wrong.
PATIENCE = 60
AGAIN = 0.05
# Each container has the process id of the benchmark that it belongs to.
LABEL = "waiide-bench"
LABELLED = ["--label", f"{LABEL}={os.getpid()}"]


def remove_left(own=False):
    """Containers of benchmarks that were killed; this one's own, too, at the end."""
    words = ["--all", "--filter", f"label={LABEL}", "--format", '{{.ID}} {{.Label "' + LABEL + '"}}']
    for line in docker("ps", *words).splitlines():
        container, owner = line.split()
        if not Path("/proc", owner).exists() or (own and owner == str(os.getpid())):
            docker("rm", "--force", container)


class Runs:
    """Starts containers and sees to it that none is left behind. They share the network of one that does
    nothing: loopback alone, which nobody else reaches, and which is there before the first of them."""

    def __init__(self, folder, image):
        """`folder` is the cache folder."""
        self.image, self.launcher = image, folder / "bin/launcher"
        self.runs = folder / "run" / str(os.getpid()) / "engine"
        self.runs.mkdir()
        self.numbers = itertools.count()
        self.open = []
        remove_left()
        idle = ["run", "--detach", *LABELLED, "--network", "none", "--entrypoint", "sleep", image, "infinity"]
        with stops_later():
            self.holder = docker(*idle)
        self.holder_pid = int(docker("inspect", "--format", "{{.State.Pid}}", self.holder))

    def start(self, peer):
        """A container for which `docker run` is about to be exec'ed."""
        run = Run(self, self.runs / str(next(self.numbers)))
        # Before there is anything to end.
        self.open.append(run)
        run.begin(peer)
        return run

    def close(self):
        """Ends all that is open."""
        for run in list(self.open):
            run.close()
            self.open.remove(run)


class Run:
    """One `docker run` and its container."""

    def __init__(self, owner, folder):
        self.owner, self.folder, self.child = owner, folder, None
        folder.mkdir()
        folder.chmod(0o755)
        (folder / "conf").mkdir()
        self.id_file = folder / "id"
        self.stamps, self.port = Stamps(folder / "stamp"), PORT

    def begin(self, peer):
        service = ["service", str(SEEN / "stamp")]
        env, program = peer.prepare(self.folder / "conf", SEEN / "conf", service)
        launcher = [str(self.owner.launcher), str(self.folder / "stamp"), shutil.which("docker")]
        with open(self.folder / "log", "wb") as log:
            # A session of its own: Ctrl-C is for the benchmark, which then ends this in order.
            self.child = subprocess.Popen(
                [*launcher, *self.words(env, program)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )
        self.executed = self.stamps.wait("X", PATIENCE).at

    def words(self, env, program):
        """docker's own arguments."""
        variables = [word for each in env for word in ("--env", each)]
        return [
            "run", "--cidfile", str(self.id_file), *LABELLED, "--network", f"container:{self.owner.holder}",
            "--mount", f"type=bind,source={self.folder},target={SEEN}", *variables,
            "--entrypoint", program[0], self.owner.image, *program[1:],
        ]

    def log(self):
        """The end of what was printed."""
        return (self.folder / "log").read_text(errors="replace")[-500:]

    def close(self):
        """The container is removed; then docker's client ends by itself."""
        if self.child:
            container = self._container()
            if container:
                subprocess.run(["docker", "rm", "--force", container], stdin=subprocess.DEVNULL, capture_output=True)
            self._end_client()
        self.stamps.socket.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _container(self):
        """Its id; none where the client has ended without one."""
        until = time.monotonic() + PATIENCE
        while not (found := self._id()) and self.child.poll() is None and time.monotonic() < until:
            time.sleep(AGAIN)
        return found or self._id()

    def _id(self):
        return self.id_file.read_text() if self.id_file.exists() else ""

    def _end_client(self):
        try:
            self.child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
