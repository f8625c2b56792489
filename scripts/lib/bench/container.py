"""PID 1 of namespaces of its own, and what it and its service say of when things happen."""

import itertools
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path

from session import NoAnswer

INSIDE = Path(__file__).with_name("inside")
# Where the cache folder is seen in the namespaces.
MOUNTED = Path("/mnt/bench")
# Seconds, for what takes none unless something is wrong.
PATIENCE = 20
UNSHARE = ["unshare", "--pid", "--fork", "--mount", "--mount-proc", "--kill-child"]
OWN_NET = ["--net"]


class Stamp:
    """A moment, in nanoseconds of CLOCK_MONOTONIC, and the process that tells of it."""

    def __init__(self, text, pid):
        kind, first, second = text.split()
        self.kind, self.at, self.later, self.pid = kind, int(first), int(second), pid


class Stamps:
    """The socket that stamps come in at. The kernel translates the senders' pids to ours."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.socket.bind(str(path))
        path.chmod(0o777)  # services may run as another user
        self.seen = []

    def wait(self, kind, seconds):
        """The next stamp of this kind; those of other kinds stay for later."""
        until = time.monotonic() + seconds
        while True:
            found = next((stamp for stamp in self.seen if stamp.kind == kind), None)
            if found:
                self.seen.remove(found)
                return found
            self._receive(kind, until)

    def _receive(self, kind, until):
        self.socket.settimeout(max(0.0001, until - time.monotonic()))
        try:
            text, ancillary, _, _ = self.socket.recvmsg(64, socket.CMSG_SPACE(12))
        except (TimeoutError, BlockingIOError):
            raise NoAnswer(f"no stamp {kind}") from None
        pid = struct.unpack("3i", ancillary[0][2])[0] if ancillary else 0
        self.seen.append(Stamp(text.decode(), pid))


def remove_stale(folder):
    """Folders of benchmarks that were killed: each is named after a process."""
    for path in folder.glob("[0-9]*"):
        if not Path("/proc", path.name).exists():
            shutil.rmtree(path, ignore_errors=True)


class Containers:
    """Starts containers and sees to it that none is left behind."""

    def __init__(self, folder, options=OWN_NET, environment=None):
        """`options` are more of unshare's, `environment` what `inside` is told."""
        self.folder, self.options, self.environment = folder, options, environment or {}
        self.runs = folder / "run" / str(os.getpid())
        remove_stale(self.runs.parent)
        self.runs.mkdir(parents=True)
        self.numbers = itertools.count()
        self.open = []

    def start(self, peer, mode="obey", home=None):
        """A container whose PID 1 is about to be exec'ed, and is waited for no further. `home` is
        mounted as the user's; without, they have none yet."""
        container = Container(self, peer, mode, self.runs / str(next(self.numbers)), home)
        self.open.append(container)
        container.await_exec(PATIENCE)
        return container

    def start_running(self, peer, mode="obey", home=None, patience=PATIENCE):
        """A container whose service runs."""
        container = self.start(peer, mode, home)
        until = time.monotonic() + patience
        while not container.started:
            try:
                container.started = container.stamps.wait("S", 0.5)
            except NoAnswer:
                if container.wait_gone(0) or time.monotonic() > until:
                    raise NoAnswer(f"{peer.name} did not start its service: {container.log()}") from None
        return container

    def close(self):
        """Ends all that is open."""
        for container in list(self.open):
            container.close()

    def remove_folder(self):
        """At the very end."""
        shutil.rmtree(self.runs, ignore_errors=True)


class Container:
    """One PID 1 with its service. Used as a context, it is ended with it."""

    def __init__(self, owner, peer, mode, folder, home=None):
        self.owner, self.peer, self.folder = owner, peer, folder
        self.pid, self.pidfd, self.started = 0, -1, None
        folder.mkdir()
        folder.chmod(0o755)
        self.stamps = Stamps(folder / "stamp")
        seen = MOUNTED / folder.relative_to(owner.folder)
        service = [str(MOUNTED / "bin/service"), str(seen / "stamp"), mode]
        (folder / "conf").mkdir()
        env, program = peer.prepare(folder / "conf", seen / "conf", service)
        launcher = [str(MOUNTED / "bin/launcher"), str(seen / "stamp")]
        command = [*UNSHARE, *owner.options, str(INSIDE), str(owner.folder), *env, *launcher, *program]
        with open(folder / "log", "wb") as log:
            # A session of its own: Ctrl-C is for the benchmark, which then ends this in order.
            self.child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env={**os.environ, **owner.environment, "BENCH_HOME": str(home or "")},
            )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def await_exec(self, patience):
        """Waits for the moment at which PID 1 becomes the peer."""
        try:
            stamp = self.stamps.wait("X", patience)
        except NoAnswer:
            raise NoAnswer(f"{self.peer.name} was not started: {self.log()}") from None
        self.executed, self.pid = stamp.at, stamp.pid
        self.pidfd = os.pidfd_open(self.pid)

    def log(self):
        """The end of what was printed."""
        return (self.folder / "log").read_text(errors="replace")[-500:]

    def signal(self, number):
        """Sends PID 1 a signal; returns the moment right before."""
        before = time.monotonic_ns()
        signal.pidfd_send_signal(self.pidfd, number)
        return before

    def wait_gone(self, seconds):
        """The moment at which PID 1 had ended; none if it has not."""
        poll = select.poll()
        poll.register(self.pidfd, select.POLLIN)
        ended = poll.poll(max(0, seconds) * 1000)
        return time.monotonic_ns() if ended else None

    def enter(self, *command, timeout=120):
        """Runs a command in the namespaces, as root. Returns what it printed."""
        where = ["nsenter", "--target", str(self.pid), "--pid", "--mount", "--net", "--"]
        done = subprocess.run(
            [*where, *command], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout
        )
        if done.returncode:
            raise NoAnswer(f"{self.peer.name}: {command[0]}: {done.stderr.strip()[-300:]}")
        return done.stdout

    def processes(self):
        """The pids of all in the namespace, as seen from outside, PID 1 first."""
        found = []
        waiting = [self.pid]
        while waiting:
            pid = waiting.pop(0)
            found.append(pid)
            try:
                children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
            except OSError:
                continue
            waiting += [int(child) for child in children.split()]
        return found

    def close(self):
        """The namespace goes with its PID 1. unshare's own way to kill its child does not reach
        one that has changed its credentials (prctl(2), PR_SET_PDEATHSIG)."""
        if self in self.owner.open:
            self.owner.open.remove(self)
        self._kill_first()
        self.child.wait()
        if self.pidfd >= 0:
            os.close(self.pidfd)
            self.pidfd = -1
        self.stamps.socket.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _kill_first(self):
        try:
            if self.pidfd >= 0:
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
                return
            children = Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children").read_text()
            for pid in children.split():
                os.kill(int(pid), signal.SIGKILL)
            self.child.kill()
        except (ProcessLookupError, FileNotFoundError):
            pass
