"""A proxy as one writes it in an afternoon: python_proxy.py PORT BACKEND

Python's http.server in one thread, a connection to the backend for each request, the body read to
its end before any of it is sent on."""

import sys
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        backend = HTTPConnection("127.0.0.1", int(sys.argv[2]), timeout=30)
        backend.request("GET", self.path, headers=dict(self.headers))
        answer = backend.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        backend.close()

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
