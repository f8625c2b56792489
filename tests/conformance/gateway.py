"""The gateway, before a server on loopback, with a PID 1 that says that the IDE is ready."""

import json
import os
import re
import socket
import subprocess
import tempfile
import threading
from contextlib import contextmanager

IDE = {
    "name": "ide",
    "state": "running",
    "ready": True,
    "pid": os.getpid(),
    "restarts": 0,
    "started_at": "2026-01-01T00:00:00Z",
    "uptime_seconds": 1.0,
    "last_exit": None,
}


def _configuration(port, control_socket):
    return {
        "mode": "standalone",
        "listen": {"tcp": "127.0.0.1:0"},
        "base_path": "/",
        "public_path": "/",
        "ide": f"127.0.0.1:{port}",
        "own_ports": [],
        "control_socket": control_socket,
        "allowed_hosts": [],
        "allowed_origins": [],
        "token": None,
        "permissions_policy": None,
        "probes": [],
    }


def _answer(connection, kept):
    """One reply to whatever is asked; a subscriber's connection is kept open."""
    asked = json.loads(connection.makefile().readline())
    subscribed = asked["op"] == "subscribe"
    reply = {"services": [IDE]} if subscribed or asked["op"] == "services" else {"done": None}
    connection.sendall(json.dumps(reply).encode() + b"\n")
    if subscribed:
        kept.append(connection)
    else:
        connection.close()


def _serve(listener):
    kept = []
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return  # it was closed: the end
        _answer(connection, kept)


def _wait_for(log, words):
    for line in log:
        if match := re.search(words, line):
            return match
    raise RuntimeError(f"the gateway ended before it said {words!r}")


@contextmanager
def running(binary, port):
    """The gateway's port, while it runs before the server at `port`."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as control:
        place = os.path.join(folder, "control.sock")
        control.bind(place)
        control.listen()
        threading.Thread(target=_serve, args=[control], daemon=True).start()
        pipes = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = subprocess.Popen([binary, "gateway"], text=True, **pipes)
        try:
            process.stdin.write(json.dumps(_configuration(port, place)))
            process.stdin.close()
            found = _wait_for(process.stderr, r"listening on [\d.]+:(\d+)")
            _wait_for(process.stderr, "connected to PID 1")
            # What it says further on is read, lest it wait for that.
            threading.Thread(target=process.stderr.read, daemon=True).start()
            yield int(found[1])
        finally:
            process.terminate()
            process.wait()
