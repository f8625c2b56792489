"""Trees of files: made, given owners, and looked at, by the program `tree`."""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from session import NoAnswer

# Whose everything is to be. tree.c knows them as well.
UID, GID = 1000, 100
# Ahead of now: no read is a reason to set it again (mount(8), relatime).
FRESH = -3600
# Long ago: every read is one.
OLD = 10 * 86400


@dataclass(frozen=True)
class Survey:
    """What there is below a directory, and itself."""

    entries: int
    wrong: int
    changed: int
    read: int
    bytes: int


@dataclass(frozen=True)
class Tree:
    """A tree, or where one will be."""

    program: str
    top: Path

    def _run(self, command, *arguments):
        words = [self.program, command, str(self.top), *map(str, arguments)]
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            raise NoAnswer(f"{self.top}: {done.stderr.strip()}")
        return done.stdout

    def make(self, files, is_full=True):
        self._run("make", files, "full" if is_full else "empty")

    def own(self, extent):
        """Makes `all`, `some` or `none` of it root's, the rest the user's, and waits for the disk."""
        self._run("own", extent)
        self.settle()

    def age(self, seconds):
        """Sets all access times so far back."""
        self._run("age", seconds)
        self.settle()

    def survey(self, since=0):
        """Looks at all of it, without leaving a trace; so it also warms the cache."""
        return Survey(*map(int, self._run("survey", since).split()))

    def settle(self):
        """Writes back what waits for it: it would disturb who comes next."""
        subprocess.run(["sync", "-f", str(self.top)], check=True)


def now():
    """A moment to compare inodes' times with, which are as coarse as the kernel's tick."""
    time.sleep(0.02)
    at = time.time_ns()
    time.sleep(0.02)
    return at
