"""Chromium, told what to do over a pipe (the DevTools protocol)."""

import json
import os
import select
import shutil
import subprocess
import time

from servers import before_others
from session import NoAnswer

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-default-browser-check", "--disable-gpu",
    "--window-size=1280,800", "--lang=en-US", "--remote-debugging-pipe",
]
# The protocol's ends are descriptors 3 and 4.
ON_PIPES = 'exec 3<&"$0" 4>&"$1"; shift; exec "$@"'


def find_browser():
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Browser:
    """One process with one page, and a profile that outlives it."""

    def __init__(self, profile, inside=lambda command: command, flags=(), log=subprocess.DEVNULL):
        to_read, self.write_fd = os.pipe()
        self.read_fd, to_write = os.pipe()
        command = [find_browser(), *FLAGS, *flags, f"--user-data-dir={profile}", "about:blank"]
        shell = ["bash", "-c", ON_PIPES, str(to_read), str(to_write)]
        self.child = subprocess.Popen(
            [*shell, *before_others(inside(command))], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            pass_fds=(to_read, to_write), start_new_session=True,
        )
        os.close(to_read)
        os.close(to_write)
        self.buffer, self.number, self.session = b"", 0, None
        self.listeners = []
        try:
            self._attach()
        except BaseException:
            self._end()  # nobody has it yet to close it
            raise

    def _attach(self):
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)
        self.session = attached["sessionId"]

    def call(self, method, patience=60, **params):
        """What the browser answers."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write_fd, json.dumps(message).encode() + b"\0")
        answers = []
        self.pump(lambda each: each.get("id") == self.number and not answers.append(each), patience, method)
        if "error" in answers[0]:
            raise NoAnswer(f"{method}: {answers[0]['error']['message']}")
        return answers[0]["result"]

    def pump(self, is_it, seconds, what):
        """Reads until a message is the one; all others go to the listeners."""
        until = time.monotonic() + seconds
        while True:
            for message in self._messages():
                if is_it(message):
                    return
                for listener in self.listeners:
                    listener(message)
            self._read(until, what)

    def _messages(self):
        while b"\0" in self.buffer:
            text, _, self.buffer = self.buffer.partition(b"\0")
            yield json.loads(text)

    def _read(self, until, what):
        ready, _, _ = select.select([self.read_fd], [], [], max(0, until - time.monotonic()))
        data = os.read(self.read_fd, 1 << 20) if ready else b""
        if not data:
            raise NoAnswer(f"the browser: no {what}")
        self.buffer += data

    def close(self):
        """In order, so that its cache is on the disk."""
        try:
            self.session = None
            self.call("Browser.close", patience=20)
            self.child.wait(20)
        except (NoAnswer, OSError, subprocess.TimeoutExpired):
            pass
        self._end()

    def _end(self):
        kill_group(self.child)
        os.close(self.read_fd)
        os.close(self.write_fd)


def kill_group(child):
    try:
        os.killpg(child.pid, 9)
    except ProcessLookupError:
        pass
    child.wait()
