"""What every benchmark does: says what it is doing, ends in order, hands over its tables."""

import json
import os
import re
import shutil
import signal
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import plot

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# More than this and something else is running here.
BUSY = 0.7


class NoAnswer(Exception):
    """Something that was to happen has not."""


class Session:
    """What the cases of a benchmark share."""

    def __init__(self):
        self.case, self.failed = "", {}

    def open(self):
        """Starts what all cases need."""

    def progress(self, text):
        end, start = ("", "\r\033[K") if sys.stderr.isatty() else ("\n", "")
        print(f"{start}    {self.case}: {text}", end=end, file=sys.stderr, flush=True)

    def warn(self, text):
        print(f"\nwarning: {text}", file=sys.stderr)

    def end_case(self):
        """Ends what a case that was left out has open."""

    def finish(self):
        """At the very end."""
        self.end_case()


def new_folder(above):
    """One for this run; those of runs that were killed go."""
    for path in above.glob("[0-9]*"):
        if not Path("/proc", path.name).exists():
            shutil.rmtree(path, ignore_errors=True)
    folder = above / str(os.getpid())
    folder.mkdir(parents=True)
    return folder


def catch_stops():
    """Being told to stop ends things in order."""
    for number in STOPS:
        signal.signal(number, stop)


@contextmanager
def stops_later():
    """Being told to stop has to wait, and programs that are started meanwhile are not told."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)


def ignore_stops():
    """A second Ctrl-C must leave nothing behind."""
    for number in STOPS:
        signal.signal(number, signal.SIG_IGN)


def stop(number, _frame):
    # Neither is a second one to come between things that end.
    ignore_stops()
    raise SystemExit(128 + number)


def machine_line():
    """Where and when."""
    load = os.getloadavg()[0]
    busy = ": something else is running, so the figures are worth less" if load > BUSY else ""
    machine = f"{os.cpu_count()} × {cpu_model()}, Linux {os.uname().release}, load {load:.2f}"
    return f"{time.strftime('%Y-%m-%d %H:%M')}, {machine}{busy}"


def cpu_model():
    """The processors' name, where the kernel has one."""
    text = Path("/proc/cpuinfo").read_text()
    names = re.findall(r"^model name\s*: *(.+)$", text, re.M)
    return names[0] if names else f"{os.uname().machine} CPU"


def run(make, arguments, head, cases, ours, compared=()):
    """A benchmark, from its start to the end of the program. `make` makes its session of the arguments,
    `head` the lines below the machine's, of the session. `ours` stand out in the picture, and what is
    `compared` with the others in the tables."""
    catch_stops()
    os.umask(0o022)
    session = make(arguments)
    try:
        about = [machine_line()]
        session.open()
        about += head(session)
        print("\n".join(about), flush=True)
        tables, is_whole = measure(session, cases, compared)
    finally:
        ignore_stops()
        session.finish()
    keep(arguments.json, about, tables, ours)
    sys.exit(0 if is_whole and not session.failed else 1)


def chosen(cases, names):
    """The cases of these names; without names all."""
    return [case for case in cases if not names or case.NAME in names]


def measure(session, cases, compared):
    """The tables, each printed as soon as it is there, and whether all cases came to their end.
    `compared` are the rows that the others are compared with."""
    tables, is_whole = [], True
    for case in cases:
        session.case, began = case.NAME, time.monotonic()
        try:
            for table in case.run(session):
                print("\n" + table.text(compared), flush=True)
                tables.append(table)
        except NoAnswer as reason:
            session.warn(f"{case.NAME} is left out: {reason}")
            session.end_case()
            is_whole = False
        session.progress(f"done in {time.monotonic() - began:.0f} s\n")
    return tables, is_whole


def keep(path, about, tables, ours, more=None, picture=None):
    """All samples as JSON, with whatever `more` there is, and beside them a picture, in which `ours`
    stand out where it is not another."""
    result = {"about": about, "tables": [table.to_json() for table in tables], **(more or {})}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n")
    path.with_suffix(".svg").write_text(picture or plot.svg(about[0], tables, ours))
    print(f"kept: {path} and {path.with_suffix('.svg').name}", file=sys.stderr)
