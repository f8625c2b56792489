"""A real JupyterHub by scripts/hub, and what is asked of it."""

import json
import os
import signal
import socket
import subprocess
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from session import NoAnswer

HERE = Path(__file__).parent
CONFIG = HERE / "spawned/jupyterhub_config.py"
PASSWORD = "any will do"
# Seconds: the Hub may have to be installed; a stop may have to wait for a KILL.
START_PATIENCE, STOP_PATIENCE = 400, 60
# How often it is asked for something that is not there yet.
AGAIN = 0.05


def docker(*words):
    done = subprocess.run(["docker", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise NoAnswer(f"docker {words[0]}: {done.stderr.strip()[-300:]}")
    return done.stdout.strip()


def free_port():
    """The first of the three that scripts/hub takes."""
    for port in range(18000, 19000, 100):
        if all(is_free(each) for each in (port, port + 1, port + 81)):
            return port
    raise NoAnswer("no free ports")


def is_free(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


class Hub:
    """One Hub with a state of its own, and the containers and homes of its users."""

    def __init__(self, folder, peers):
        self.folder, self.port = folder / "hub", free_port()
        self.prefix = f"waiide-{self.port}"
        self.admin = None
        self.folder.mkdir(mode=0o700)
        self.log = folder / "hub.log"
        script = HERE.parent.parent / "hub"
        command = [
            str(script), "--port", str(self.port), "--image", peers[0].image, "--state", str(self.folder),
            "--with", str(CONFIG),
        ]
        chosen = json.dumps({peer.users: peer.for_hub() for peer in peers})
        # It ends in order when this ends, however that comes, and its users' servers with it.
        with open(self.log, "wb") as log:
            self.child = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, env={**os.environ, "BENCH_PEERS": chosen},
            )

    def wait(self):
        """Until it answers; then there is an admin's token."""
        until = time.monotonic() + START_PATIENCE
        while not self._answers():
            if self.has_ended() or time.monotonic() > until:
                raise NoAnswer(f"the Hub does not answer: {self.last_words()}")
            time.sleep(0.2)
        body = {"auth": {"username": "admin", "password": PASSWORD}}
        self.admin = self.call("POST", "/users/admin/tokens", body)["token"]

    def _answers(self):
        try:
            return self.get("/hub/login", {})[0] == 200
        except (OSError, HTTPException):
            return False

    def last_words(self):
        return self.log.read_text(errors="replace").strip()[-1500:]

    def get(self, path, headers, method="GET", body=None):
        """One request: the status, the headers, the body."""
        client = HTTPConnection("127.0.0.1", self.port, timeout=STOP_PATIENCE)
        try:
            client.request(method, path, body, headers)
            answer = client.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            client.close()

    def call(self, method, path, body=None):
        """Its API, as the admin: the answer's JSON. A refusal is raised."""
        headers = {"Authorization": f"token {self.admin}"} if self.admin else {}
        given = None if body is None else json.dumps(body)
        try:
            status, _, read = self.get(f"/hub/api{path}", headers, method, given)
        except (OSError, HTTPException) as error:
            raise NoAnswer(f"{method} {path}: {error!r}") from None
        if status >= 400:
            raise NoAnswer(f"{method} {path}: {status} {read[:300].decode(errors='replace')}")
        return json.loads(read) if read else None

    def server(self, user):
        """What it knows of the user's server; nothing when there is none."""
        return self.call("GET", f"/users/{user}")["servers"].get("")

    def wait_gone(self, user):
        until = time.monotonic() + STOP_PATIENCE
        while self.server(user):
            if time.monotonic() > until:
                raise NoAnswer(f"the server of {user} does not stop")
            time.sleep(AGAIN)

    def has_ended(self):
        return self.child.poll() is not None

    def container(self, user):
        return f"{self.prefix}-{user}"

    def discard(self, user):
        """The user, their home, and their server where there still is one."""
        if self.server(user):
            self.call("DELETE", f"/users/{user}/server")
            self.wait_gone(user)
        self.call("DELETE", f"/users/{user}")
        docker("volume", "rm", "--force", f"{self.prefix}-home-{user}")

    def close(self):
        """Ends it, and removes all that its users had."""
        self._remove("container", "ps", "--all", "--format", "{{.Names}}")
        if not self.has_ended():
            self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(STOP_PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()
        self._end_proxy()
        # Once more: it may have been spawning.
        self._remove("container", "ps", "--all", "--format", "{{.Names}}")
        self._remove("volume", "volume", "ls", "--quiet")

    def _remove(self, kind, *listing):
        for name in docker(*listing).split():
            if name.startswith(self.prefix + "-"):
                # It may be going at this moment anyway.
                subprocess.run(["docker", kind, "rm", "--force", name], stdin=subprocess.DEVNULL, capture_output=True)

    def _end_proxy(self):
        """One that a Hub leaves behind that was killed; it has a session of its own."""
        try:
            os.kill(int((self.folder / "jupyterhub-proxy.pid").read_text()), signal.SIGTERM)
        except (OSError, ValueError):
            pass
