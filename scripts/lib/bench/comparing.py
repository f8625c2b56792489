"""Outcomes of peers as a table, with ratios to nginx."""

from dataclasses import dataclass

from proxies import JUPYTER, OURS, PYTHON, REFERENCE
from report import NOT_HERE, Table, Target, summary, wide_spread

MEMORY = [("idle", "RSS idle MB", 1), ("after", "after MB", 1)]


@dataclass(frozen=True)
class Figure:
    """One thing that is measured."""

    key: str
    head: str
    digits: int
    has_ratio: bool = True

    def columns(self, short):
        own = [(self.key, self.head, self.digits)]
        return own + ([(self.key + "_ratio", f"× {short}", 2)] if self.has_ratio else [])


def compare(bench, title, outcomes, figures, notes=(), reference=REFERENCE, short=REFERENCE, more=MEMORY):
    """One row for each peer, with ratios to the reference."""
    columns = [column for figure in figures for column in figure.columns(short)] + more
    table = Table(title, columns, figures[0].key, notes=list(notes))
    for name, outcome in outcomes.items():
        table.add(name, **row(outcome, figures, outcomes.get(reference)))
        if outcome.samples and outcome.word:
            table.notes.append(f"{name}: {outcome.word}")
        first = [sample[figures[0].key] for sample in outcome.samples.values()]
        table.notes += wide_spread(f"{name}, {figures[0].head}", summary(first))
    for peer in bench.absent:
        table.add(peer.name, **{figures[0].key: NOT_HERE})
    return table


def row(outcome, figures, reference):
    if not outcome.samples:
        return {figures[0].key: outcome.word or "–"}
    values = {figure.key: outcome.median(figure.key) for figure in figures}
    if reference and reference.samples:
        for figure in filter(lambda each: each.has_ratio, figures):
            values[figure.key + "_ratio"] = outcome.ratio(figure.key, reference)
    return {**values, "idle": outcome.idle, "after": outcome.after, "samples": outcome.samples}


def to_nginx(outcomes, key, what, least=None, most=None):
    """A target for the gateway's ratio to nginx."""
    ours, reference = outcomes.get(OURS), outcomes.get(REFERENCE)
    value = ours.ratio(key, reference) if ours and reference else None
    return Target(f"{what}, to nginx's", value, least, most)


def to_peer(outcomes, key, peer, least):
    """A target for how many times another peer's it is."""
    values = [outcomes[name].median(key) if name in outcomes else None for name in (OURS, peer)]
    ratio = values[0] / values[1] if all(values) else None
    return Target(f"requests a second, to {peer}'s", ratio, least)


def to_slow_peers(outcomes, jupyter, python):
    return [to_peer(outcomes, "rate", JUPYTER, jupyter), to_peer(outcomes, "rate", PYTHON, python)]


def in_memory(outcomes):
    """Targets for the gateway's memory."""
    ours = outcomes.get(OURS)
    idle, after = (ours.idle, ours.after) if ours else (None, None)
    return [Target("MB of RSS, idle", idle, most=8), Target("MB of RSS, after load", after, most=16)]
