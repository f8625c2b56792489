"""What clients without a browser do to the gateway in a round: right and wrong, patient and gone."""

import hashlib
import time

from loopback_files import blocks, digest
from plain import FAILURES, Client, ask, dialled, echoed, head, links, open_socket, reset_at_close

CODINGS = ("identity", "gzip", "br", "zstd", "gzip, deflate, br, zstd")
BIG = 50_000_000
NAVIGATION = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
MARK = b"vscode-workbench-web-configuration"


class Visitors:
    """The clients of one soak. What they get is compared with what the IDE itself sends."""

    def __init__(self, ports, ledger, decoder):
        self.ports, self.ledger, self.decoder = ports, ledger, decoder
        self.paths, self.originals = [], {}

    def round(self):
        """All of them, one after the other, with pauses."""
        acts = [
            self.pages, self.assets, self.short, self.parts, self.upload, self.download,
            self.events, self.halves, self.leavers, self.sockets,
        ]
        for act in acts:
            with self.ledger.act(act.__name__, FAILURES):
                act()
            time.sleep(0.5)

    def get(self, client, path, headers=None, method="GET", wanted=(200,)):
        """An answer whose status is looked at."""
        answer = client.ask(path, headers, method)
        self.ledger.expect(answer.status in wanted, method, f"{answer.status} {path} {headers}")
        return answer

    def pages(self):
        """The API, and the workbench's page with all that it is made of."""
        with Client(self.ports.public) as client:
            page = self.get(client, "/", NAVIGATION).body
            self.ledger.expect(MARK in page, "workbench's page", page[:100])
            self.paths = links(page)
            self.get(client, "/api")
            self.get(client, "/api/openapi.json")
            self.get(client, "/api/services?memory")
            self.get(client, "/api/services/ide/logs?lines=50")
            self.get(client, "/api/metrics")
            self.get(client, "/api/health")
            self.get(client, "/api/none", wanted=(404,))
            status = self.get(client, "/api/status", NAVIGATION)
            self.ledger.expect(b"<html" in status.body.lower(), "status page", status.body[:100])

    def original(self, path):
        """What the IDE itself sends, known once."""
        if path not in self.originals:
            with Client(self.ports.ide) as client:
                answer = client.ask(path)
            self.originals[path] = (answer.status, hashlib.sha256(answer.body).digest(), len(answer.body))
        return self.originals[path]

    def same(self, path, answer):
        status, wanted, _ = self.original(path)
        body = self.decoder.plain(answer)
        is_same = answer.status == status and hashlib.sha256(body).digest() == wanted
        self.ledger.expect(is_same, "asset", f"{answer.status} {path} {answer.headers.get('Content-Encoding')} {len(body)} bytes")

    def assets(self):
        """Every part of the page in every coding, over one connection."""
        with Client(self.ports.public) as client:
            for path in self.paths:
                for coding in CODINGS:
                    self.same(path, client.ask(path, {"Accept-Encoding": coding}))
                    time.sleep(0.02)

    def short(self):
        """Small requests, each on a connection of its own, and many on one."""
        small = min(self.paths, key=lambda path: self.original(path)[2])
        for _ in range(100):
            self.same(small, ask(self.ports.public, small))
            time.sleep(0.01)
        with Client(self.ports.public) as client:
            for _ in range(200):
                self.get(client, "/version")
                time.sleep(0.005)

    def parts(self):
        """HEAD, conditions and ranges."""
        with Client(self.ports.public) as client:
            for path in self.paths:
                there = self.original(path)[0]
                head = self.get(client, path, method="HEAD", wanted=(there,))
                self.ledger.expect(not head.body, "HEAD without a body", path)
                if there != 200:
                    continue  # what this IDE lacks has no parts
                whole = client.ask(path)
                self.condition(client, path, whole)
                part = self.get(client, path, {"Range": "bytes=10-19"}, wanted=(200, 206))
                wanted = whole.body[10:20] if part.status == 206 else whole.body
                self.ledger.expect(part.body == wanted, "range", f"{part.status} {path}")

    def condition(self, client, path, whole):
        tag = whole.headers.get("ETag")
        if tag:
            answer = self.get(client, path, {"If-None-Match": tag}, wanted=(304,))
            self.ledger.expect(not answer.body, "304 without a body", path)

    def upload(self):
        with Client(self.ports.public) as client:
            headers = {"Content-Length": str(BIG)}
            answer = client.ask(self.ports.files_path("sum/0"), headers, "POST", blocks(BIG))
        right = answer.status == 200 and answer.body.decode() == digest(BIG)
        self.ledger.expect(right, "50 MB up", f"{answer.status} {answer.body[:100]}")

    def download(self):
        answer = ask(self.ports.public, self.ports.files_path(f"bytes/{BIG}"))
        found = hashlib.sha256(answer.body).hexdigest()
        self.ledger.expect(found == digest(BIG), "50 MB down", f"{answer.status}, {len(answer.body)} bytes")

    def events(self):
        """Server-sent events, left in the middle."""
        for _ in range(5):
            with dialled(self.ports.public) as client:
                client.sendall(head("GET", "/api/events", self.ports.public))
                self.ledger.expect(b" 200 " in client.recv(4096)[:20], "events", "no 200")
                time.sleep(0.3)

    def halves(self):
        """Half a request, and gone: in the first line, in the head, in the body; in order, or reset."""
        body = head("POST", self.ports.files_path("sum/0"), self.ports.public, "Content-Length: 1000000\r\n") + b"x" * 5000
        for begun in (b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: 127", body):
            for is_reset in (False, True):
                with dialled(self.ports.public) as client:
                    client.sendall(begun)
                    time.sleep(0.05)
                    reset_at_close(client, is_reset)
                self.ledger.did("half a request")

    def leavers(self):
        """Who goes in the middle of a body, or does not take it."""
        for path in (self.ports.files_path(f"bytes/{BIG}"), self.ports.files_path("slow/30"), *self.paths[-2:]):
            with dialled(self.ports.public) as client:
                client.sendall(head("GET", path, self.ports.public, "Accept-Encoding: gzip\r\n"))
                client.recv(65536)
                time.sleep(0.2)
                reset_at_close(client, True)
            self.ledger.did("half an answer")

    def sockets(self):
        """WebSockets that are opened, used, and left without a word."""
        for number in range(10):
            with open_socket(self.ports.public, self.ports.echo_path) as client:
                message = f"message {number}".encode()
                self.ledger.expect(echoed(client, message), "WebSocket message", number)
