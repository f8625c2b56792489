"""One run of a walker: how long, how much of the processors, which system calls."""

import json
import os
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Run:
    """What came of it."""

    seconds: float
    cpu: float  # seconds of all its processes, in user and kernel mode
    code: int
    output: str
    errors: str
    said: dict = field(default_factory=dict)  # the last line of JSON that it printed


def timed(walker, home, before=()):
    """Runs it to its end, below `before`. Its output goes to files: a pipe that nobody reads
    would hold it up."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        seconds, usage, code = spawn(walker, home, before, out, errors)
        texts = []
        for file in (out, errors):
            file.seek(0)
            texts.append(file.read())
    return Run(seconds, usage.ru_utime + usage.ru_stime, code, *texts, said=last_json(texts[0]))


def spawn(walker, home, before, out, errors):
    """Seconds, what it used, and its exit code."""
    command = [*before, *walker.command(home)]
    reading, writing = os.pipe()
    began = time.monotonic()
    # A process group of its own, by which all of it can be ended.
    process = subprocess.Popen(command, stdin=reading, stdout=out, stderr=errors, process_group=0)
    try:
        os.write(writing, walker.order(home).encode())
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        os.close(reading)
        os.close(writing)
    return seconds, usage, process.returncode


def last_json(text):
    for line in reversed(text.splitlines()):
        if line.startswith("{"):
            return json.loads(line)
    return {}


def count_calls(walker, home):
    """How many system calls it makes, in all its processes and threads (strace(1)); none where
    that can't be told."""
    with tempfile.NamedTemporaryFile("r") as summary:
        timed(walker, home, before=("strace", "-f", "-c", "-o", summary.name))
        for line in summary.read().splitlines():
            words = line.split()
            if words and words[-1] == "total":
                return int(words[3])
    return None
