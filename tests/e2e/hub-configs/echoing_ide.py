"""An IDE that answers with what it was sent, so that a test can see what reaches it."""

# JupyterHub puts get_config here.
# ruff: noqa: F821

import shlex

ECHO = """
import http.server
class Echo(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(self.headers).encode())
http.server.ThreadingHTTPServer(("127.0.0.1", 8071), Echo).serve_forever()
"""

c = get_config()
c.Spawner.environment = {"WAIIDE_IDE_COMMAND": shlex.join(["python3", "-c", ECHO])}

# So that a test sees our configuration to be none of the user's own.
c.Spawner.disable_user_config = True
