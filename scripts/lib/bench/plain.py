"""Clients that are not browsers: one request, one connection, one WebSocket."""

import json
import re
import socket
import struct
import subprocess
import zlib
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from urllib.parse import urljoin

HOST = "127.0.0.1"
# Seconds, for an answer.
PATIENCE = 30
FAILURES = (OSError, HTTPException, ValueError)
DECODE = {"br": "brotliDecompressSync", "zstd": "zstdDecompressSync"}


@dataclass
class Answer:
    status: int
    headers: object
    body: bytes


class Client:
    """One connection, kept as long as both sides like."""

    def __init__(self, port):
        self.connection = HTTPConnection(HOST, port, timeout=PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def ask(self, path, headers=None, method="GET", body=None):
        self.connection.request(method, path, body=body, headers=headers or {})
        answer = self.connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())


def ask(port, path, headers=None, method="GET", body=None):
    """One request on a connection of its own."""
    with Client(port) as client:
        return client.ask(path, {**(headers or {}), "Connection": "close"}, method, body)


def dialled(port):
    return socket.create_connection((HOST, port), PATIENCE)


class Decoder:
    """Bodies without their content coding. What Python lacks Node has."""

    def __init__(self, node):
        self.node, self.known = node, {}

    def plain(self, answer):
        coding = answer.headers.get("Content-Encoding", "identity")
        if coding == "identity":
            return answer.body
        if coding == "gzip":
            return zlib.decompress(answer.body, 31)
        key = (coding, hash(answer.body))
        if key not in self.known:
            self.known = {**dict(list(self.known.items())[-20:]), key: self._by_node(coding, answer.body)}
        return self.known[key]

    def _by_node(self, coding, body):
        program = f"const z=require('zlib');process.stdout.write(z.{DECODE[coding]}(require('fs').readFileSync(0)))"
        done = subprocess.run([self.node, "-e", program], input=body, capture_output=True, timeout=PATIENCE)
        if done.returncode:
            raise ValueError(f"the body is not {coding}: {done.stderr[-200:]}")
        return done.stdout


def links(page):
    """The addresses of what a page is made of."""
    found = re.findall(rb'(?:src|href)="([^"]+\.(?:js|css|svg|png|ico|json|ttf))"', page)
    return sorted({urljoin("/", link.decode()) for link in found if b"://" not in link})


def head(method, path, port, more=""):
    return f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{more}\r\n".encode()


def reset_at_close(client, is_reset):
    if is_reset:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def open_socket(port, path):
    """A WebSocket that has been agreed on."""
    client = dialled(port)
    more = (
        f"Origin: http://127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    )
    client.sendall(head("GET", path, port, more))
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        got = client.recv(1)
        if not got:
            raise ValueError(f"no WebSocket: {answer[:100]}")
        answer += got
    if b" 101 " not in answer[:20]:
        raise ValueError(f"no WebSocket: {answer[:100]}")
    return client


def echoed(client, message):
    """Whether a short text comes back as it was (RFC 6455, masked by nothing but zeros)."""
    client.sendall(bytes([0x81, 0x80 | len(message), 0, 0, 0, 0]) + message)
    wanted, found = bytes([0x81, len(message)]) + message, b""
    while len(found) < len(wanted) and (data := client.recv(len(wanted) - len(found))):
        found += data
    return found == wanted


def service(port, name):
    """What the API says of a service."""
    return json.loads(ask(port, f"/api/services/{name}").body)
