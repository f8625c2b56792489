"""One run of wrk, the load."""

import re
import subprocess

from servers import pinned
from session import NoAnswer

UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}
# Seconds over its time, after which a wrk that still runs hangs: it waits for ever for a server
# that takes none of its connections.
GRACE = 15


def wrk(core, url, connections, seconds, headers=()):
    """Requests, requests a second, milliseconds of p50 and p99, and what went wrong."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "10s"]
    for header in headers:
        command += ["-H", header]
    try:
        done = subprocess.run(
            pinned(core, [*command, url]), stdin=subprocess.DEVNULL, capture_output=True, text=True,
            start_new_session=True, timeout=seconds + GRACE,
        )
    except subprocess.TimeoutExpired:
        raise NoAnswer("no answer") from None
    return parse(done.stdout)


def parse(text):
    counted = re.search(r"(\d+) requests in ", text)
    rate = re.search(r"Requests/sec: +([\d.]+)", text)
    if not counted or not rate or counted[1] == "0":
        raise NoAnswer("no answer")
    return {
        "requests": int(counted[1]), "rate": float(rate[1]),
        "p50": percentile(text, 50), "p99": percentile(text, 99),
        "errors": "; ".join(re.findall(r"Socket errors: .*|Non-2xx .*", text)),
    }


def percentile(text, part):
    found = re.search(rf"^ +{part}% +([\d.]+)(us|ms|s|m) *$", text, re.M)
    return float(found[1]) * UNITS[found[2]] if found else None
