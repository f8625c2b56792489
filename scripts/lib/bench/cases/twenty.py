"""A class that comes in at once: all spawns are asked for in one moment."""

import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from urllib.parse import urljoin, urlsplit

from arriving import MARK
from cgroups import Cgroup
from comparing import Figure, compare
from hub_peers import OURS
from session import NoAnswer
from turns import Outcome

NAME = "twenty"
# Seconds, for all of them.
PATIENCE = 600
AGAIN = 0.25
FIGURES = [
    Figure("pages", "all IDEs' pages s", 1), Figure("ready", "all ready s", 1),
    Figure("pages_cpu", "CPU s until the pages", 1), Figure("ready_cpu", "until ready", 1),
    Figure("failed", "failed", 0, has_ratio=False),
]
NOTES = [
    "ready: the Hub says so of every server; then each user asks for their workbench's page, all at once, "
    "and the last one has it at: all IDEs' pages",
    "waiide-init starts the VS Code server with the container, its peers with the first request for it: "
    "the time until ready has that work in it or not, the time until the pages has it for all",
    "CPU: of all processes in the containers, by their cgroups, in seconds of a core",
]


def run(bench):
    outcomes = {peer.name: Outcome() for peer in bench.peers}
    for number in bench.in_time(bench.crowds):
        turn = number % len(bench.peers)
        for peer in bench.peers[turn:] + bench.peers[:turn]:
            bench.progress(f"{number + 1}/{bench.crowds}, {bench.crowd} of {peer.name}")
            attempt(bench, peer, outcomes[peer.name], number)
    title = f"{bench.crowd} users at once: from the spawns to the workbench's page for all"
    return [compare(bench, title, outcomes, FIGURES, NOTES + bench.reasons(), OURS, "ours", [])]


def attempt(bench, peer, outcome, number):
    if bench.failed.get(peer.name):
        outcome.word = "failed"
        return
    users = [bench.new_user(peer) for _ in range(bench.crowd)]
    bench.hub.call("POST", "/users", {"usernames": users})
    threads = ThreadPoolExecutor(len(users))
    try:
        outcome.samples[number] = one_crowd(bench.hub, users, threads)
        stop_all(bench.hub, users, threads)
    except NoAnswer as reason:
        bench.fail(peer, reason)
        outcome.word = "failed"
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        for user in users:
            bench.discard(user)


def one_crowd(hub, users, threads):
    """A sample."""
    tokens = {user: hub.call("POST", f"/users/{user}/tokens", {})["token"] for user in users}
    began = time.monotonic()
    list(threads.map(lambda user: hub.call("POST", f"/users/{user}/server", {}), users))
    there = wait_ready(hub, users)
    ready, cgroups = time.monotonic(), [Cgroup(hub.container(user)) for user in there]
    ready_cpu = sum(each.cpu() for each in cgroups)
    got = list(threads.map(lambda user: has_page(hub, user, tokens[user]), there))
    pages, pages_cpu = time.monotonic(), sum(each.cpu() for each in cgroups)
    return {
        "ready": ready - began, "pages": pages - began, "ready_cpu": ready_cpu, "pages_cpu": pages_cpu,
        "failed": len(users) - sum(got), "per": 1,
    }


def wait_ready(hub, users):
    """Those whose server is ready, once none is pending any more."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        known = {user["name"]: user["servers"].get("", {}) for user in hub.call("GET", "/users?limit=200")}
        servers = {user: known.get(user, {}) for user in users}
        if not any(server.get("pending") for server in servers.values()):
            return [user for user, server in servers.items() if server.get("ready")]
        time.sleep(AGAIN)
    raise NoAnswer(f"not all are ready after {PATIENCE} s")


def has_page(hub, user, token):
    """Waits for the workbench's page, wherever the server sends one for it."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and not hub.has_ended():
        try:
            if MARK in page(hub, f"/user/{user}/", token):
                return True
        except (OSError, HTTPException):
            pass
        time.sleep(AGAIN)
    return False


def page(hub, path, token):
    headers = {"Authorization": f"token {token}", "Accept": "text/html"}
    for _ in range(5):
        status, answered, body = hub.get(path, headers)
        if status not in (301, 302, 303, 307, 308):
            break
        target = urlsplit(urljoin(path, answered["Location"]))
        path = target.path + (f"?{target.query}" if target.query else "")
    return body


def stop_all(hub, users, threads):
    list(threads.map(lambda user: hub.call("DELETE", f"/users/{user}/server"), users))
    list(threads.map(hub.wait_gone, users))
