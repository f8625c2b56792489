"""What /proc and the gateway's metrics say of a container, every few seconds."""

import os
import re
import threading
import time
from pathlib import Path

from plain import FAILURES, ask
from servers import PAGE, TICKS, family

PROGRAM = "waiide-init"
ROLLUP = {"Rss": "rss", "Pss": "pss", "Anonymous": "anonymous"}


class Watcher(threading.Thread):
    """Samples while it lives. `resting` and `round` say what goes on, and are set from outside."""

    def __init__(self, pid, port, every, ledger):
        super().__init__(daemon=True)
        self.pid, self.port, self.every, self.ledger = pid, port, every, ledger
        self.resting, self.may_fail, self.round = False, False, 0
        self.samples, self.is_over, self.began = [], threading.Event(), time.monotonic()

    def run(self):
        while not self.is_over.wait(self.every):
            self.samples.append(self.sample())

    def sample(self):
        resting = self.resting
        found = {"at": round(time.monotonic() - self.began, 1), "round": self.round, **self.processes()}
        found["metrics"] = self.metrics()
        # A rest that ended meanwhile was none.
        return {**found, "resting": resting and self.resting}

    def processes(self):
        ours, others, zombies = {}, 0, []
        for pid in family(self.pid):
            state, name, rss = stat(pid)
            if state == "Z":
                zombies.append(name)
            elif is_ours(pid):
                ours.setdefault(role(pid, self.pid), reading(pid))
            elif state:
                others += rss
        return {"ours": ours, "others_rss": others, "zombies": zombies}

    def metrics(self):
        """The gateway's own word; none where it does not answer."""
        try:
            text = ask(self.port, "/api/metrics").body.decode()
        except FAILURES as reason:
            self.ledger.fault("metrics scrape", f"{type(reason).__name__}: {reason}")
            return {}
        self.ledger.did("metrics scrape")
        return {name: float(value) for name, value in re.findall(r"^(waiide\S+) (\S+)$", text, re.M)}

    def close(self):
        self.is_over.set()
        self.join()


def stat(pid):
    """State, name and RSS in KiB (proc_pid_stat(5)); no state of a process that is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "", "", 0
    name, numbers = text[text.index("(") + 1 : text.rindex(")")], text.rpartition(")")[2].split()
    return numbers[0], name, int(numbers[21]) * PAGE // 1024


def is_ours(pid):
    try:
        return Path(os.readlink(f"/proc/{pid}/exe")).name == PROGRAM
    except OSError:
        return False


def role(pid, first):
    """Which of ours it is: PID 1, or by its command line."""
    if pid == first:
        return "PID 1"
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return "gone"
    return words[1] or "?" if len(words) > 1 else "?"


def reading(pid):
    """Memory in KiB, descriptors, threads and seconds of a core (proc(5))."""
    process = Path(f"/proc/{pid}")
    try:
        rollup = re.findall(r"^(\w+): +(\d+) kB$", (process / "smaps_rollup").read_text(), re.M)
        numbers = (process / "stat").read_text().rpartition(")")[2].split()
        descriptors = len(os.listdir(process / "fd"))
    except OSError:
        return {}
    memory = {ROLLUP[name]: int(value) for name, value in rollup if name in ROLLUP}
    cpu = (int(numbers[11]) + int(numbers[12])) / TICKS
    return {"pid": pid, **memory, "descriptors": descriptors, "threads": int(numbers[17]), "cpu": cpu}
