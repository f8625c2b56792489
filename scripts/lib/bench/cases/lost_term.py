"""TERM in PID 1's first milliseconds: whether it is lost."""

import signal
import time
from pathlib import Path

from report import Table, milliseconds

NAME = "lost-term"
SPREAD_MS = 6
TERM = 1 << (signal.SIGTERM - 1)


class Try:
    """One container that got its TERM, and whether it was ready for it."""

    def __init__(self, container, delay_ms):
        self.container, self.peer = container, container.peer
        self.wanted, self.is_gone = delay_ms, False
        while (time.monotonic_ns() - container.executed) / 1e6 < delay_ms:
            pass
        self.was_ready = takes_term(container.pid)
        self.sent = container.signal(self.peer.stop_signal)
        self.delay = milliseconds(self.sent - container.executed)

    def look(self, seconds):
        """Whether it has ended by now, or does within these seconds."""
        self.is_gone = self.is_gone or self.container.wait_gone(seconds) is not None
        return self.is_gone

    def is_over(self):
        return self.is_gone or time.monotonic_ns() - self.sent > self.peer.stops_within * 1e9


def takes_term(pid):
    """Whether TERM is blocked, caught or waited for, without which the kernel throws it away.
    Looked at right before it is sent: who is ready then is so when it comes."""
    process = Path(f"/proc/{pid}")
    try:
        # While sigtimedwait(2) waits for them, signals do not count as blocked.
        if "sigtimedwait" in (process / "wchan").read_text():
            return True
        text = (process / "status").read_text()
    except OSError:
        return False
    lines = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
    return bool((int(lines["SigBlk"], 16) | int(lines["SigCgt"], 16)) & TERM)


def run(bench):
    tries = 12 if bench.quick else 60
    done, pending = [], []
    for number in range(tries):
        bench.progress(f"{number + 1}/{tries}")
        delay = SPREAD_MS * number / tries
        for peer in bench.peers:
            attempt = Try(bench.containers.start(peer), delay)
            # Most end at once. Whoever still starts would disturb the next, so let it.
            attempt.look(0.3)
            pending.append(attempt)
            pending = settle(pending, done)
    while pending:
        time.sleep(0.05)
        pending = settle(pending, done)
    return [table(bench, done, tries)]


def settle(pending, done):
    """Moves those that are over from one list to the other."""
    left = []
    for attempt in pending:
        attempt.look(0)
        if attempt.is_over():
            attempt.container.close()
            done.append(attempt)
        else:
            left.append(attempt)
    return left


def table(bench, done, tries):
    columns = [
        ("tries", "tries", 0), ("lost", "lost", 0),
        ("ready", "sent when ready", 0), ("ready_lost", "of these lost", 0),
    ]
    result = Table(f"lost TERM: sent 0 to {SPREAD_MS} ms after exec of PID 1", columns, "lost")
    for peer in bench.peers:
        mine = [attempt for attempt in done if attempt.peer is peer]
        ready = [attempt for attempt in mine if attempt.was_ready]
        lost = [attempt for attempt in mine if not attempt.is_gone]
        result.add(
            peer.name, tries=len(mine), lost=len(lost), ready=len(ready),
            ready_lost=sum(not attempt.is_gone for attempt in ready),
            lost_delays_ms=sorted(round(attempt.delay, 3) for attempt in lost),
        )
    bench.add_absent(result)
    result.notes += [
"lost: PID 1 still runs 2 s later (Horust: 7 s, as it takes 5 for any stop)",
        "ready: /proc/PID/status had TERM blocked or caught right before, or PID 1 waited for "
        "signals; earlier ones the kernel throws away",
    ]
    return result
