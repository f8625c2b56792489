"""What a person does in the workbench, by the keys and the mouse of one Chromium."""

import base64
import contextlib
import json
import time

from browser import Browser
from session import NoAnswer
from workbench import is_usable, prepare

# Seconds, for what a person waits for.
OPEN, WIDGET = 180, 120
# Seconds, after which what was typed has gone elsewhere.
SOON = 10
CONTROL = 2
# Nothing is timed here: as all else that runs, not before it.
QUIETLY = ["sh", "-c", 'echo 0 2>/dev/null >/proc/self/autogroup; exec nice -n 15 "$@"', "sh"]
# What a browser's own page may get: what the VS Code server itself lacks is 404.
BAD = (400, 403, 405, 408, 500, 502, 503, 504)
BOX = '.quick-input-widget:not([style*="display: none"])'
INPUT = f"document.querySelector('{BOX} input')"
TERMINAL = "document.querySelector('.terminal-wrapper.active .xterm-helper-textarea')"
ROWS = "(document.querySelector('.terminal-wrapper.active .xterm-rows')?.innerText ?? '')"
TRUST = "[...document.querySelectorAll('.monaco-dialog-box .monaco-button')].find(b => /Trust Folder|Yes, I trust/.test(b.innerText))"


class Person:
    """One browser, from its start to its end."""

    def __init__(self, profile, log, origin, ledger, picture):
        self.browser = Browser(profile, lambda command: [*QUIETLY, *command], log=log)
        self.origin, self.ledger, self.picture, self.urls = origin, ledger, picture, {}
        self.is_usable = self.is_asked = self.expects_errors = False
        self.browser.listeners.append(self.note)
        self.browser.call("Inspector.enable")
        prepare(self.browser)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.browser.listeners.remove(self.note)  # what breaks off by its end is no fault
        if kind and issubclass(kind, NoAnswer):
            self.keep_picture()
        self.browser.close()

    def keep_picture(self):
        """Of the page that what was waited for did not come to."""
        with contextlib.suppress(NoAnswer, OSError):  # it may be the browser that does not answer
            shot = self.browser.call("Page.captureScreenshot")["data"]
            self.picture.parent.mkdir(parents=True, exist_ok=True)
            self.picture.write_bytes(base64.b64decode(shot))

    def note(self, message):
        """Looks at what the browser says of its page, and of its requests to the gateway."""
        self.is_usable = self.is_usable or is_usable(message)
        self.is_asked = self.is_asked or message.get("method") == "Page.javascriptDialogOpening"
        method, params = message.get("method"), message.get("params", {})
        number = params.get("requestId")
        if self.expects_errors and method in ("Network.responseReceived", "Network.loadingFailed"):
            return  # the IDE is away, and comes back
        if method == "Network.requestWillBeSent" and params["request"]["url"].startswith(self.origin):
            self.urls[number] = params["request"]["url"]
        elif method == "Network.webSocketCreated":
            self.ledger.did("WebSockets of the browser")
        elif method == "Network.responseReceived" and number in self.urls:
            status = params["response"]["status"]
            self.ledger.expect(status not in BAD, "browser's request", f"{status} {self.urls[number]}")
        elif method == "Network.loadingFailed" and number in self.urls and not params.get("canceled"):
            if params["errorText"] != "net::ERR_ABORTED":
                self.ledger.fault("browser's request", f"{params['errorText']} {self.urls[number]}")
        elif method == "Inspector.targetCrashed":
            self.ledger.fault("browser", "its page crashed")

    def evaluate(self, expression):
        found = self.browser.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in found:
            raise NoAnswer(f"the page: {found['exceptionDetails'].get('text')}: {expression[:80]}")
        return found["result"].get("value")

    def until(self, expression, what, seconds=WIDGET):
        until = time.monotonic() + seconds
        while not self.evaluate(f"Boolean({expression})"):
            if time.monotonic() > until:
                raise NoAnswer(f"the page: no {what}")
            time.sleep(0.25)

    def open(self, url):
        """Until the workbench is usable."""
        self.is_usable = False
        failed = self.browser.call("Page.navigate", url=url).get("errorText")
        if failed:
            raise NoAnswer(f"{url}: {failed}")
        self.wait_usable()

    def reload(self):
        self.is_usable = False
        self.browser.call("Page.reload")
        self.wait_usable()

    def wait_usable(self):
        """Says yes where the page asks whether it may be left."""
        until = time.monotonic() + OPEN
        while not self.is_usable:
            if self.is_asked:
                self.is_asked = False
                self.browser.call("Page.handleJavaScriptDialog", accept=True)
                continue
            self.browser.pump(lambda message: self.note(message) or True, until - time.monotonic(), "usable workbench")

    def press(self, key, code, number, modifiers=0, text=None):
        stroke = {"key": key, "code": code, "windowsVirtualKeyCode": number, "modifiers": modifiers}
        down = {"type": "keyDown", "text": text} if text else {"type": "rawKeyDown"}
        self.browser.call("Input.dispatchKeyEvent", **stroke, **down)
        self.browser.call("Input.dispatchKeyEvent", **stroke, type="keyUp")

    def enter(self):
        self.press("Enter", "Enter", 13, text="\r")

    def type(self, text):
        for letter in text:
            self.press(letter, "", 0, text=letter)

    def ask(self, key, code, number, modifiers, words, row, then):
        """Opens the box that this key is for, and takes the row that the words lead to, until `then` is to
        be seen. A workbench that has just been drawn may not listen to its keys yet, nor have the row, and
        a box that is open shows what there was when it was opened; what opens by itself closes it."""
        rows = f"[...document.querySelectorAll({json.dumps(BOX + ' .monaco-list-row')})]"
        found = f"{rows}.some(r => r.innerText.includes({json.dumps(row)}))"
        until = time.monotonic() + WIDGET
        while not (self.evaluate(f"Boolean({found})") and self.take(then)):
            if time.monotonic() > until:
                raise NoAnswer(f"the page: {key} leads to no row {row}, or that to nothing")
            self.open_box(key, code, number, modifiers, words)

    def take(self, then):
        """Takes the row; whether that led to what was meant."""
        self.evaluate(f"{INPUT}?.focus()")
        self.enter()
        return self.comes(then)

    def comes(self, expression):
        """Whether that is soon to be seen."""
        until = time.monotonic() + SOON
        while not self.evaluate(f"Boolean({expression})"):
            if time.monotonic() > until:
                return False
            time.sleep(0.25)
        return True

    def open_box(self, key, code, number, modifiers, words):
        self.press("Escape", "Escape", 27)
        self.press(key, code, number, modifiers)
        time.sleep(1)
        if self.evaluate(f"Boolean({INPUT})"):
            self.evaluate(f"{INPUT}?.focus(), {INPUT}?.select()")
            self.browser.call("Input.insertText", text=words)
            time.sleep(2)

    def open_terminal(self):
        """Until a shell is at its prompt."""
        self.ask("F1", "F1", 112, 0, ">Terminal: Focus Terminal", "Terminal: Focus Terminal", TERMINAL)
        until = time.monotonic() + WIDGET
        while not self.comes(f"({TRUST}?.click(), {ROWS}).trimEnd().endsWith('$')"):
            if time.monotonic() > until:
                raise NoAnswer(f"no prompt in a terminal: {self.evaluate(ROWS)[-100:]!r}")
            self.interrupt()  # what the last visit left there

    def run(self, line, shown):
        """Types a line into the terminal, and waits for what is to be seen. What opens by itself in a
        workbench that is new, a welcome page or a question, takes the keys away: then the line is not
        the one that was meant, and is typed again."""
        until = time.monotonic() + WIDGET
        while not (self.type_line(line) and self.enter_line(shown)):
            if time.monotonic() > until:
                focused = self.evaluate("document.activeElement?.outerHTML ?? ''")
                raise NoAnswer(f"the terminal does not run {line!r}: {self.evaluate(ROWS)[-200:]!r}; keys go to {focused[:200]}")
            self.interrupt()

    def take_keys(self):
        """Has the terminal get them, wherever they went to meanwhile. The question whether the folder is
        trusted may come at any time in a new profile, and keeps all of them until it is answered."""
        self.evaluate(f"{TRUST}?.click(), {TERMINAL}?.focus()")

    def interrupt(self):
        """Ends the line that stands in the terminal."""
        self.take_keys()
        self.press("c", "KeyC", 67, CONTROL)

    def type_line(self, line):
        """Whether it stands there then, behind the prompt: what a try before has left would be run with it."""
        self.take_keys()
        self.type(line)
        return self.comes(f"{ROWS}.replace(/\\s/g, '').endsWith({json.dumps('$' + ''.join(line.split()))})")

    def enter_line(self, shown):
        """Whether that leads to what is to be seen."""
        self.take_keys()
        self.enter()
        return self.comes(f"{ROWS}.includes({json.dumps(shown)})")

    def save(self, name, text):
        """Opens a file, replaces what is in it, and saves."""
        active = "[...document.querySelectorAll('.tabs-container .tab.active')]"
        tab = f"{active}.some(t => t.textContent.includes({json.dumps(name)}))"
        self.ask("p", "KeyP", 80, CONTROL, name, name, tab)
        self.until("document.querySelector('.editor-instance .monaco-editor .view-lines')", "editor")
        self.click(".editor-instance .monaco-editor .view-lines")
        self.press("a", "KeyA", 65, CONTROL)
        self.type(text)
        self.press("s", "KeyS", 83, CONTROL)

    def click(self, selector):
        """In its upper left, with the mouse."""
        box = self.evaluate(f"(b => [b.x + 20, b.y + 8])(document.querySelector({json.dumps(selector)}).getBoundingClientRect())")
        for kind in ("mousePressed", "mouseReleased"):
            self.browser.call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)
