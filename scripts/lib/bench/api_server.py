"""What waiide-init replaces, as its documents have it: api_server.py PORT IDE_PORT IDE…

Python's http.server with a thread for each request: /api is answered, all else is the IDE's, which it
starts. WebSockets are carried byte by byte. Written for the benchmark."""

import json
import select
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT, IDE_PORT, IDE = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}


def is_healthy():
    try:
        ide = HTTPConnection("127.0.0.1", IDE_PORT, timeout=2)
        ide.request("GET", "/version")
        return ide.getresponse().status == 200
    except (OSError, HTTPException):
        return False


def start_ide():
    """Waits until it answers, as the page would be an error before."""
    subprocess.Popen(IDE)
    for _ in range(300):
        if is_healthy():
            return
        time.sleep(0.1)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path.startswith("/api"):
            return self.answer(200, json.dumps({"service": "WAIIDE", "healthy": is_healthy()}).encode(), [])
        if self.headers.get("Upgrade", "").lower() == "websocket":
            return self.carry()
        return self.proxy()

    do_POST = do_HEAD = do_GET

    def answer(self, status, body, headers):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def proxy(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            ide = HTTPConnection("127.0.0.1", IDE_PORT, timeout=30)
            ide.request(self.command, self.path, body, dict(self.headers))
            got = ide.getresponse()
            read = got.read()
        except (OSError, HTTPException):
            return self.answer(502, b"the IDE does not answer\n", [])
        headers = [each for each in got.getheaders() if each[0].lower() not in HOP_BY_HOP]
        return self.answer(got.status, read, headers)

    def carry(self):
        """Two directions, byte by byte, until one ends."""
        self.close_connection = True
        lines = [f"{self.command} {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers.items())]
        with socket.create_connection(("127.0.0.1", IDE_PORT)) as ide:
            ide.sendall("\r\n".join([*lines, "", ""]).encode())
            ends = [self.connection, ide]
            while True:
                for end in select.select(ends, [], [])[0]:
                    data = end.recv(65536)
                    if not data:
                        return
                    ends[1 - ends.index(end)].sendall(data)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("0.0.0.0", PORT), Handler)
    if not is_healthy():
        start_ide()
    server.serve_forever()
