"""A visit to the workbench, as a person waits for it."""

import time
from dataclasses import dataclass, field

from browser import Browser
from link import HERE, HOST
from session import NoAnswer

# Seconds: 19 MB over the slowest link take half a minute.
PATIENCE = 180
# For the browser's own start.
SETTLED = 0.7
SCRIPT = "/workbench.js"
# Where the browser looks for the name, and nothing else.
RESOLVER = f"--host-resolver-rules=MAP {HOST} {HERE}"

# Added to the address once it is usable. The browser tells of that without its Runtime domain, which
# has V8 read all of workbench.js a second time, for its lines' numbers: 0.4 s that nobody else waits.
MARK = "#usable"
# Usable: drawn, the folder listed and the status bar saying what it is connected to; both come
# over the WebSocket.
WATCH = """
if (window === window.top) {
    const timer = setInterval(() => {
        const label = document.querySelector('[id="status.host"]')?.getAttribute('aria-label') ?? '';
        const isUsable = document.querySelector('.monaco-workbench .part.statusbar')
            && document.querySelector('.explorer-folders-view .monaco-list-row')
            && label !== '' && !/opening|reconnecting|disconnected/i.test(label);
        if (!isUsable) return;
        clearInterval(timer);
        history.replaceState(history.state, '', '#usable');
    }, 20);
}
"""


@dataclass
class Visit:
    """What was seen."""

    began: float = 0.0
    seconds: float = 0.0
    script: float | None = None  # seconds to the end of workbench.js
    script_bytes: int | None = None
    script_encoding: str = ""
    requests: dict = field(default_factory=dict)  # the one for workbench.js, by its id

    def take(self, message):
        """Notes the events that are about workbench.js."""
        method, params = message.get("method"), message.get("params", {})
        number = params.get("requestId")
        if method == "Network.requestWillBeSent" and params["request"]["url"].split("?")[0].endswith(SCRIPT):
            self.requests[number] = True
        elif number not in self.requests:
            return
        elif method == "Network.responseReceived":
            headers = {name.lower(): value for name, value in params["response"]["headers"].items()}
            self.script_encoding = headers.get("content-encoding", "none")
        elif method == "Network.loadingFinished":
            self.script = time.monotonic() - self.began
            self.script_bytes = params["encodedDataLength"]


def visit(link, profile, port, path, log):
    """Opens the workbench, and closes the browser again."""
    browser = Browser(profile, link.inside, [RESOLVER], log)
    try:
        return watch(browser, link, f"http://{HOST}:{port}{path}")
    finally:
        browser.close()


def watch(browser, link, url):
    """A sample: seconds until it is usable and until workbench.js is there, MB over the link."""
    seen = Visit()
    browser.listeners.append(seen.take)
    prepare(browser)
    time.sleep(SETTLED)
    before = link.counts()
    seen.began = time.monotonic()
    browser.call("Page.navigate", url=url)
    browser.pump(is_usable, PATIENCE, "usable workbench")
    seconds = time.monotonic() - seen.began
    after = link.counts()
    if seen.script is None:
        raise NoAnswer(f"no {SCRIPT} was seen")
    return {
        "usable": seconds, "script": seen.script, "wire": (after[0] - before[0]) / 1e6,
        "script_mb": seen.script_bytes / 1e6, "encoding": seen.script_encoding, "per": 1,
    }


def prepare(browser, watch_for=WATCH):
    """Before it goes anywhere."""
    for domain in ("Page", "Network"):
        browser.call(f"{domain}.enable")
    browser.call("Page.addScriptToEvaluateOnNewDocument", source=watch_for)


def is_usable(message):
    return message.get("method") == "Page.navigatedWithinDocument" and message["params"]["url"].endswith(MARK)
