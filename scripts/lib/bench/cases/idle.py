"""What PID 1 costs while nothing happens."""

import re
import time
from pathlib import Path

from report import Table

NAME = "idle"
SETTLED = 2.0


def run(bench):
    return [memory_and_wakeups(bench)]


def memory_and_wakeups(bench):
    seconds = 4 if bench.quick else 10
    memory = {}
    for number, peer in enumerate(bench.peers):
        bench.progress(f"memory {number + 1}/{len(bench.peers)}")
        memory[peer.name] = memory_of(bench, peer)
    bench.progress(f"wake-ups, {seconds} s")
    wakeups = wakeups_of(bench, seconds)
    table = Table(
        "idle: PID 1 with one sleeping service",
        [("rss", "RSS kB", 0), ("pss", "PSS kB", 0), ("dirty", "private dirty kB", 0),
         ("helpers", "helpers' PSS kB", 0), ("wakeups", f"wake-ups in {seconds} s", 0)],
        "rss",
    )
    for peer in bench.peers:
        table.add(peer.name, **memory[peer.name], wakeups=wakeups[peer.name])
    bench.add_absent(table)
    table.notes += [
        "memory: with no other container, 2 s after the start; PSS counts a page that others map "
        "as well (libc, or waiide-init's own by its gateway) in part",
        "helpers: everything else but the service (s6-supervise, runsv, waiide-init's gateway)",
        "wake-ups: context switches of PID 1, voluntary and not",
    ]
    return table


def memory_of(bench, peer):
    with bench.containers.start_running(peer) as container:
        time.sleep(SETTLED)
        first, *others = container.processes()
        own = rollup(first)
        helpers = sum(rollup(pid).get("Pss", 0) for pid in others if pid != container.started.pid)
        return {"rss": own["Rss"], "pss": own["Pss"], "dirty": own["Private_Dirty"], "helpers": helpers}


def rollup(pid):
    """smaps_rollup in kB (proc(5)); nothing for a process that has ended."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return {}
    return {name: int(value) for name, value in re.findall(r"^(\w+): +(\d+) kB$", text, re.M)}


def wakeups_of(bench, seconds):
    """All at the same time: each only waits."""
    containers = bench.start_each(bench.peers)
    time.sleep(SETTLED)
    before = {c.peer.name: switches(c.pid) for c in containers}
    time.sleep(seconds)
    found = {c.peer.name: switches(c.pid) - before[c.peer.name] for c in containers}
    for container in containers:
        container.close()
    return found


def switches(pid):
    """Context switches of all threads (proc(5))."""
    texts = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/status")]
    return sum(int(n) for text in texts for n in re.findall(r"voluntary_ctxt_switches:\s+(\d+)", text))
