"""nginx: as the backend, and as the reference among the peers."""

# For all of them: one worker unless more are asked for, no log of requests, connections kept for as long as they are used.
# Its files are root's, as the benchmark's folder is.
MAIN = """
user root; daemon off; worker_processes {workers}; pid {folder}/{name}.pid; error_log stderr warn;
worker_rlimit_nofile 20000;
events {{ worker_connections 8192; }}
http {{
  access_log off; server_tokens off; keepalive_requests 1000000000;
  client_body_temp_path {folder}/{name}-body; proxy_temp_path {folder}/{name}-proxy;
  fastcgi_temp_path {folder}/{name}-fastcgi; uwsgi_temp_path {folder}/{name}-uwsgi;
  scgi_temp_path {folder}/{name}-scgi;
  map $http_upgrade $hop {{ default upgrade; "" ""; }}
  {inside}
}}
"""

# As its documentation has it for a backend that keeps connections, and for WebSockets. The headers
# X-Forwarded-*, which the gateway adds, are left out: nginx is to be as fast as it can be.
PROXY = """
upstream backend {{ server 127.0.0.1:{backend}; keepalive 256; keepalive_requests 1000000000; }}
server {{
  listen {port} backlog=4096;
  location {location} {{
    proxy_pass http://backend{path}; proxy_http_version 1.1; proxy_set_header Host $http_host;
    proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $hop;
    {options}
  }}
}}
"""

FILES = """
include /etc/nginx/mime.types; sendfile on; tcp_nopush on;
server {{ listen {port} backlog=4096; root {root}; {options} }}
"""

# What the gateway tells a server behind it, which the reference spares itself and the backend.
FORWARDED = (
    "proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Host $http_host; "
    "proxy_set_header X-Forwarded-Port $server_port; proxy_set_header X-Forwarded-Proto $scheme; "
    'proxy_set_header Via "1.1 nginx";'
)
LARGE_BUFFERS = "proxy_buffer_size 64k; proxy_buffers 16 64k; proxy_busy_buffers_size 256k;"

TYPES = "text/plain text/css text/javascript application/javascript application/json image/svg+xml"
GZIP = f"gzip on; gzip_proxied any; gzip_types {TYPES};"


def rewriting(prefix):
    """As one does it by hand: what stands right after the attribute's name."""
    filters = "".join(
        f"sub_filter '{attribute}=\"/' '{attribute}=\"{prefix}';" for attribute in ("src", "href", "action")
    )
    return filters + 'sub_filter_once off; proxy_set_header Accept-Encoding "";'


def proxying(port, backend, location="/", options=""):
    """All below `location`, which the backend does not see."""
    path = "" if location == "/" else "/"
    return PROXY.format(port=port, backend=backend, location=location, path=path, options=options)


def files(port, root, options=""):
    return FILES.format(port=port, root=root, options=options)


def sockets(path, backend):
    """WebSockets at one path, to a server of their own."""
    headers = "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $hop;"
    return f"location {path} {{ proxy_pass http://127.0.0.1:{backend}; proxy_http_version 1.1; {headers} }}"


def command(folder, name, inside, seen=None, workers=1):
    """Writes its configuration; returns the command line. `seen` is the folder as nginx sees it, where
    that differs."""
    file, seen = f"{name}.conf", seen or folder
    (folder / file).write_text(MAIN.format(folder=seen, name=name, inside=inside, workers=workers))
    return ["nginx", "-e", "stderr", "-c", seen / file]
