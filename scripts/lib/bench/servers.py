"""A server that runs on one core, and what it takes of the machine."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from session import NoAnswer

# Seconds, for what takes none unless something is wrong.
PATIENCE = 30
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def two_cores():
    """The one for what is measured, and the one for all else."""
    cores = sorted(os.sched_getaffinity(0))
    return cores[0], cores[1 if len(cores) > 1 else 0]


# Whatever else the machine does is to disturb little. Where the kernel weighs sessions against each
# other (sched(7), autogroup), the session's own value is what counts.
FIRST = 'echo -15 2>/dev/null >/proc/self/autogroup; exec nice -n -15 "$@"'


def before_others(command):
    """The command before all else that runs. It is to have a session of its own."""
    return ["sh", "-c", FIRST, "sh", *map(str, command)]


def pinned(core, command):
    """The same on one core, or on any where that is None; ended when the benchmark ends, however
    that comes."""
    on_core = [] if core is None else ["taskset", "--cpu-list", str(core)]
    return ["setpriv", "--pdeathsig", "TERM", *before_others([*on_core, *command])]


def loopback_up():
    """It comes down in a new network namespace."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


class Server:
    """One server, with all the processes that it is made of."""

    def __init__(self, name, command, core, log, given="", env=None):
        self.name, self.log = name, log
        with open(log, "wb") as out:
            self.child = subprocess.Popen(
                pinned(core, command), stdin=subprocess.PIPE, stdout=out, stderr=out,
                start_new_session=True, env={**os.environ, **(env or {})},
            )
        try:
            self.child.stdin.write(given.encode())
            self.child.stdin.close()
        except BrokenPipeError:
            pass  # it has ended; whoever waits for it says so

    def wait_port(self, port, host="127.0.0.1"):
        """Until it takes connections."""
        self.wait_for(lambda: is_open(port, host), f"port {port}")

    def wait_for(self, is_there, what):
        until = time.monotonic() + PATIENCE
        while not is_there():
            if self.child.poll() is not None or time.monotonic() > until:
                raise NoAnswer(f"{self.name}: no {what}: {self.last_words()}")
            time.sleep(0.05)

    def last_words(self):
        return self.log.read_text(errors="replace").strip()[-500:]

    def cpu(self):
        """Seconds of a core, in user and in kernel mode, of all its processes."""
        return sum((numbers[11] + numbers[12]) / TICKS for numbers in self._stats())

    def rss(self):
        """MB, the sum of its processes; what they share counts for each."""
        return sum(numbers[21] for numbers in self._stats()) * PAGE / 1e6

    def _stats(self):
        """The numbers after the name in proc_pid_stat(5), for each process."""
        for pid in family(self.child.pid):
            try:
                text = Path(f"/proc/{pid}/stat").read_text()
            except OSError:
                continue
            # Counted from the state, a letter, which is number 0.
            yield [0, *map(int, text.rpartition(")")[2].split()[1:])]

    def close(self):
        """Ends it and all that it has started."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.child.pid, number)
                self.child.wait(5)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        self.child.wait()


def family(pid):
    """A process and all below it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [each for child in task.read_text().split() for each in family(int(child))]
        except OSError:
            pass
    return found


def is_open(port, host="127.0.0.1"):
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex((host, port)) == 0
