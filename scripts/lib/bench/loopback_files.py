"""A user's own server on loopback, as the gateway's /proxy/<port>/ reaches it: GET /bytes/N sends N bytes,
POST says what it has read, GET /slow/N sends a line a second."""

import hashlib
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BLOCK = bytes(range(256)) * 256


def blocks(count):
    """So many bytes, of which any two tries have the same."""
    while count > 0:
        yield BLOCK[:count]
        count -= len(BLOCK)


def digest(count):
    found = hashlib.sha256()
    for block in blocks(count):
        found.update(block)
    return found.hexdigest()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        kind, count = self.path.strip("/").split("/")
        if kind == "slow":
            self.begin("text/plain", None)
            for number in range(int(count)):
                self.chunk(f"{number}\n".encode())
                time.sleep(1)
            self.chunk(b"")
            return
        self.begin("application/octet-stream", int(count))
        for block in blocks(int(count)):
            self.wfile.write(block)

    def do_POST(self):
        left, found = int(self.headers["Content-Length"]), hashlib.sha256()
        while left and (data := self.rfile.read1(min(left, 1 << 18))):
            found.update(data)
            left -= len(data)
        text = found.hexdigest().encode()
        self.begin("text/plain", len(text))
        self.wfile.write(text)

    def begin(self, kind, length):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        named = ("Transfer-Encoding", "chunked") if length is None else ("Content-Length", str(length))
        self.send_header(*named)
        self.end_headers()

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """Clients that go are part of it."""


if __name__ == "__main__":
    Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
