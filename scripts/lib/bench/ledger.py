"""What clients did, and what they saw that they should not have."""

import threading
import time
from collections import Counter
from contextlib import contextmanager

# How many of what was not expected are kept word for word, and how many are told at once.
KEPT, TOLD = 100, 5


class Ledger:
    """Counts, from any thread."""

    def __init__(self, tell):
        """`tell` takes a text."""
        self.tell = tell
        self.lock, self.began = threading.Lock(), time.monotonic()
        self.done, self.faults, self.first = Counter(), Counter(), []

    def did(self, what, times=1):
        with self.lock:
            self.done[what] += times

    def fault(self, what, detail):
        """Something that was not to happen."""
        with self.lock:
            self.faults[what] += 1
            if len(self.first) < KEPT:
                if len(self.first) < TOLD:
                    self.tell(f"{what}: {detail}"[:400])
                self.first.append({"at": round(time.monotonic() - self.began, 1), "what": what, "detail": str(detail)[:400]})

    def expect(self, is_right, what, detail):
        """Counts it as done, and as a fault where it is not right."""
        self.did(what)
        if not is_right:
            self.fault(what, detail)

    @contextmanager
    def act(self, what, failures):
        """A part of a round: one of these failures ends the part alone."""
        try:
            yield
            self.did(what)
        except failures as reason:
            self.fault(what, f"{type(reason).__name__}: {reason}")
