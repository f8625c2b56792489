"""What PID 1 says to the gateway over the control socket, of an IDE that is ready."""

import json
import os
import shutil
import socket
import threading

IDE = {
    "name": "ide", "state": "running", "ready": True, "pid": os.getpid(), "restarts": 0,
    "started_at": "2026-01-01T00:00:00Z", "uptime_seconds": 1.0, "last_exit": None,
}


class PidOne:
    """Its side of the socket, as src/control/protocol.rs has it."""

    def __init__(self, path):
        self.path = path
        self.subscribers = []
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(str(path))
        self.socket.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            with client.makefile() as lines:
                asked = json.loads(lines.readline() or "{}").get("op")
            client.sendall((json.dumps(answer(asked)) + "\n").encode())
        except (OSError, ValueError):
            asked = None
        if asked == "subscribe":
            self.subscribers.append(client)  # and left open
        else:
            client.close()

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for client in self.subscribers:
            client.close()
        self.path.unlink(missing_ok=True)


def answer(asked):
    if asked in ("services", "subscribe"):
        return {"services": [IDE]}
    if asked == "ownership":
        return {"ownership": None}
    if asked == "logs":
        return {"lines": []}
    return {"done": IDE}


def gateway_config(listen, ide, control_socket, cache_dir, base_path="/", precompressed=None):
    """What PID 1 writes to the gateway's standard input (src/gateway/config.rs). The folder for its
    cache is made, empty."""
    shutil.rmtree(cache_dir, ignore_errors=True)
    cache_dir.mkdir()
    config = {
        "mode": "standalone", "listen": {"tcp": listen}, "base_path": base_path,
        "public_path": base_path, "ide": ide,
        "control_socket": str(control_socket), "allowed_hosts": [], "allowed_origins": [],
        "token": None, "permissions_policy": None, "probes": [],
        "cache_dir": str(cache_dir), "precompressed_dir": precompressed and str(precompressed),
    }
    return json.dumps(config)
