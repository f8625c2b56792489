"""A visit to the workbench, as a person waits for it."""

import time
from dataclasses import dataclass

from browser import Browser
from link import HERE, HOST
from session import NoAnswer

# Seconds: 19 MB over the slowest link take half a minute.
PATIENCE = 180
# For the browser's own start.
SETTLED = 0.7
# Where the browser looks for the name, and nothing else.
RESOLVER = f"--host-resolver-rules=MAP {HOST} {HERE}"

# Added to the address once it is usable, with what the page knows of workbench.js. The browser tells of
# that without two of its domains: Runtime has V8 read all of workbench.js a second time, for its lines'
# numbers (0.4 s), and Network hands over each message of a WebSocket (0.35 s): nobody else waits for either.
MARK = "#usable="
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
        const script = performance.getEntriesByType('resource')
            .find((entry) => new URL(entry.name).pathname.endsWith('/workbench.js'));
        const seen = script
            ? [script.responseEnd, script.transferSize && script.encodedBodySize, script.contentEncoding || 'none']
            : [];
        history.replaceState(history.state, '', '#usable=' + seen.join());
    }, 20);
}
"""


@dataclass
class Script:
    """How workbench.js came (Resource Timing)."""

    seconds: float  # from the navigation to its end
    bytes: int  # 0: from the browser's cache
    encoding: str

    @classmethod
    def told(cls, url):
        """Reads what the page has said."""
        words = url.split(MARK, 1)[1].split(",")
        if len(words) != 3:
            raise NoAnswer("no workbench.js was seen")
        return cls(float(words[0]) / 1000, int(words[1]), words[2])


def visit(link, profile, port, path, log):
    """Opens the workbench, and closes the browser again."""
    browser = Browser(profile, link.inside, [RESOLVER], log)
    try:
        return watch(browser, link, f"http://{HOST}:{port}{path}")
    finally:
        browser.close()


def watch(browser, link, url):
    """A sample: seconds until it is usable and until workbench.js is there, MB over the link."""
    prepare(browser, ["Page"])
    time.sleep(SETTLED)
    before, told = link.counts(), []
    began = time.monotonic()
    browser.call("Page.navigate", url=url)
    browser.pump(lambda message: is_usable(message) and not told.append(message), PATIENCE, "usable workbench")
    seconds = time.monotonic() - began
    after, script = link.counts(), Script.told(told[0]["params"]["url"])
    return {
        "usable": seconds, "script": script.seconds, "wire": (after[0] - before[0]) / 1e6,
        "script_mb": script.bytes / 1e6, "encoding": script.encoding, "per": 1,
    }


def prepare(browser, domains=("Page", "Network")):
    """Before it goes anywhere."""
    for domain in domains:
        browser.call(f"{domain}.enable")
    browser.call("Page.addScriptToEvaluateOnNewDocument", source=WATCH)


def is_usable(message):
    return message.get("method") == "Page.navigatedWithinDocument" and MARK in message["params"]["url"]
