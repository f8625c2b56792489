"""The workbench over a slow link: the first visit ever, another browser's first, and the second."""

import shutil
import time
from dataclasses import dataclass

from comparing import Figure, compare
from link import Link
from report import Target
from session import NoAnswer
from sites import ALONE, CODE_SERVER, OURS
from turns import Outcome
from workbench import visit

FIRST, COLD, WARM = "first ever", "cold", "warm"
MEANINGS = {
    FIRST: "nobody has asked the gateway before; the browser's cache is empty",
    COLD: "somebody has asked half a minute before; the browser's cache is empty",
    WARM: "the same browser again, after it was closed",
}
FIGURES = [
    Figure("usable", "usable s", 2), Figure("script", "workbench.js s", 2), Figure("wire", "MB on the wire", 2),
    Figure("script_mb", "of it workbench.js", 2, has_ratio=False),
]
NOTES = [
    "usable: from the navigation until the workbench is drawn, connected, and has listed the folder; "
    "× alone: the median of the ratios in each round",
    "browser and servers share this machine's processors, where they would have two machines' else",
]
# The link that the targets are about, and what they are.
MEANT, TIMES = 20, 3
MILLISECONDS = 40
# Seconds in which the gateway makes what it keeps smaller, once nobody asks.
SETTLING = 30


@dataclass(frozen=True)
class Loading:
    """All visits over one link."""

    mbit: int

    @property
    def NAME(self):
        return str(self.mbit)

    def run(self, bench):
        link = Link(bench.folder / "bin/link", self.mbit, MILLISECONDS)
        outcomes = {kind: {site.name: Outcome() for site in bench.sites} for kind in MEANINGS}
        try:
            for number in bench.rounds_in_time():
                turn = number % len(bench.sites)
                for site in bench.sites[turn:] + bench.sites[:turn]:
                    bench.progress(f"round {number + 1}/{bench.rounds}, {site.name}")
                    visit_site(bench, link, site, outcomes, number)
        finally:
            link.close()
        return [self.table(bench, link, kind, outcomes) for kind in MEANINGS]

    def table(self, bench, link, kind, outcomes):
        found = outcomes[kind]
        notes = [*NOTES, *(f"{name}: {word}" for name, word in encodings(found).items())]
        title = f"{kind}, {link}: {MEANINGS[kind]}"
        table = compare(bench, title, found, FIGURES, notes, ALONE, "alone", [])
        if kind == COLD and self.mbit == MEANT:
            table.targets += [times_as_fast(found, ALONE, TIMES), times_as_fast(found, ALONE, TIMES, "script")]
        if kind != WARM:
            table.targets.append(times_as_fast(found, CODE_SERVER, 1))
        return table


def visit_site(bench, link, site, outcomes, number):
    """One round's visits. One that fails is the site's last."""
    kinds = [FIRST, COLD, WARM] if site.has_cache else [COLD, WARM]
    if any(outcomes[kind][site.name].word for kind in kinds):
        return
    bench.open_front(site)
    for kind in kinds:
        if kind == COLD and site.has_cache:
            time.sleep(SETTLING)
        try:
            outcomes[kind][site.name].samples[number] = one_visit(bench, link, site, kind)
        except NoAnswer as reason:
            bench.warn(f"{site.name}, {kind}: {reason}")
            outcomes[kind][site.name].word = "failed"
            break
    if not site.has_cache:
        outcomes[FIRST][site.name] = outcomes[COLD][site.name]
    bench.end_case()


def one_visit(bench, link, site, kind):
    """With a server of its own, and the browser's profile as the kind of visit has it."""
    profile = bench.run_folder / "profile"
    if kind != WARM:
        shutil.rmtree(profile, ignore_errors=True)
    ide = site.start_ide()
    try:
        with open(bench.run_folder / "browser.log", "wb") as log:
            return visit(link, profile, site.port, site.path, log)
    finally:
        ide.close()


def encodings(outcomes):
    """How workbench.js came, where it was sent at all."""
    found = {}
    for name, outcome in outcomes.items():
        seen = {sample["encoding"] for sample in outcome.samples.values() if sample["script_mb"]}
        if seen:
            found[name] = "workbench.js with content coding " + ", ".join(sorted(seen))
    return found


WORDS = {"usable": "usable", "script": "workbench.js there"}


def times_as_fast(outcomes, peer, least, key="usable"):
    """A target for how many times as fast as over a peer something is so far."""
    ours, theirs = outcomes.get(OURS), outcomes.get(peer)
    ratio = theirs.ratio(key, ours) if ours and theirs else None
    return Target(f"{WORDS[key]}, times as fast as {peer}", ratio, least)


CASES = [Loading(5), Loading(20), Loading(100)]
