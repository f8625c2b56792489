"""A page under a base path that the backend does not know of."""

import nginx
from cases.serving import FIGURES, NOTES
from comparing import compare
from proxies import REFERENCE, nginx_with, waiide
from turns import by_turns, start_all
from wrk import wrk

NAME = "rewriting"
PREFIX = "/user/alice/"
PAGE, BYTES = "/page.html", 100_000
CONNECTIONS = 64

SECTION = """
  <section id="s{0}">
    <h2>Section {0}</h2>
    <p>What is said here is not to be changed: "/static/of-no-concern.js", nor is <code>/etc/{0}</code>,
    however often it is said, and most of a page is text like this, which only has to go through.</p>
    <a class="go" href="/files/{0}/index.html?q=1&amp;r=2">file {0}</a> <a href="https://example.org/{0}">away</a>
    <img alt="" src="/static/pictures/{0}.png"><script src="/static/parts/{0}.js" defer></script>
  </section>"""


def page():
    """100 KB of HTML."""
    style = '<link rel="stylesheet" href="/static/app.css">'
    text = f"<!DOCTYPE html>\n<html>\n<head>\n<title>A page</title>\n{style}\n</head>\n<body>"
    number = 0
    while len(text) < BYTES - 600:
        text, number = text + SECTION.format(number), number + 1
    return text.ljust(BYTES - 16) + "\n</body>\n</html>"


def run(bench):
    peers = [waiide(bench.binary), nginx_with(REFERENCE, nginx.rewriting(PREFIX))]
    words = {}

    def check(one):
        words[one.proxy.name] = word_for(one.wait(PAGE, {})[1].decode())

    running = start_all(bench, bench.chosen(peers), bench.files_port, check, PREFIX)

    def attempt(one):
        found = wrk(bench.load_core, one.url(PAGE), CONNECTIONS, bench.seconds)
        return {**found, "per": found["requests"]}

    outcomes = by_turns(bench, running, attempt, bench.rounds)
    bench.end_case()
    notes = [*NOTES, f"nginx: sub_filter with 3 patterns, {len(page()):,} bytes of HTML"]
    notes += [f"{name}: {word}" for name, word in words.items() if word]
    return [compare(bench, f"{NAME}: a page of 100 KB below {PREFIX}", outcomes, FIGURES, notes)]


def word_for(text):
    """What is wrong with what came back."""
    wanted = [f'src="{PREFIX}static/parts/0.js"', f'href="{PREFIX}files/0/index.html', f'href="{PREFIX}static/app.css"']
    if not all(part in text for part in wanted):
        return "does NOT rewrite: its figures are of a page that does not work"
    kept = '"/static/of-no-concern.js"' in text and 'href="https://example.org/0"' in text
    return "" if kept else "rewrites what is no address"
