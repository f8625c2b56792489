"""A person at a Hub: signs in, starts their server, waits for the workbench."""

import json
import time
from urllib.parse import urlsplit

from browser import Browser
from hubs import PASSWORD
from session import NoAnswer
from workbench import is_usable, prepare

# Seconds.
SIGN_IN_PATIENCE, PATIENCE = 30, 120
FILL_IN = """
document.querySelector('#username_input').value = %s;
document.querySelector('#password_input').value = %s;
document.querySelector('#login_submit').click();
"""


class Person:
    """With a browser of their own, whose profile is new."""

    def __init__(self, hub, user, profile, log):
        self.hub, self.user = hub, user
        self.url = f"http://127.0.0.1:{hub.port}"
        self.documents = []  # (seconds, path), as the browser asks for them
        self.answers = []
        self.browser = Browser(profile, log=log)
        self.browser.listeners.append(self._note)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.browser.close()

    def _note(self, message):
        params = message.get("params", {})
        if message.get("method") == "Network.requestWillBeSent" and params.get("type") == "Document":
            self.documents.append((time.monotonic(), urlsplit(params["request"]["url"]).path))
        elif message.get("method") == "Network.responseReceived" and params.get("type") == "Document":
            self.answers.append(f"{params['response']['status']} {urlsplit(params['response']['url']).path}")

    def sign_in(self):
        prepare(self.browser)
        self.browser.call("Page.navigate", url=f"{self.url}/hub/login?next=%2Fhub%2Fhome")
        self._until("!!document.querySelector('#login_submit') && document.readyState === 'complete'")
        self.evaluate(FILL_IN % (json.dumps(self.user), json.dumps(PASSWORD)))
        self._until("location.pathname === '/hub/home' && document.readyState === 'complete'")
        time.sleep(0.5)

    def evaluate(self, expression):
        return self.browser.call("Runtime.evaluate", expression=expression)["result"].get("value")

    def _until(self, condition):
        until = time.monotonic() + SIGN_IN_PATIENCE
        while not self.evaluate(condition):
            if time.monotonic() > until:
                raise NoAnswer(f"{self.user} does not get signed in")
            time.sleep(0.05)

    def open(self):
        """A sample: seconds until the Hub sends the browser on to the server, and until the workbench
        can be used."""
        self.documents.clear()
        began = time.monotonic()
        self.browser.call("Page.navigate", url=f"{self.url}/hub/spawn")
        try:
            self.browser.pump(is_usable, PATIENCE, "usable workbench")
        except NoAnswer:
            raise NoAnswer(f"no usable workbench; the browser got {', '.join(self.answers[-6:])}") from None
        usable = time.monotonic() - began
        sent_on = [at for at, path in self.documents if path.startswith("/user/")]
        if not sent_on:
            raise NoAnswer("the Hub has not sent the browser on")
        return {"usable": usable, "ready": sent_on[0] - began, "per": 1}
