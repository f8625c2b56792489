"""What was measured, as a table with ratios and as JSON."""

import statistics
from dataclasses import dataclass, field

NOT_HERE = "not here"


def summary(samples):
    """Median, least and most; nothing of nothing."""
    if not samples:
        return {"n": 0}
    return {
        "n": len(samples),
        "median": statistics.median(samples),
        "min": min(samples),
        "max": max(samples),
        "samples": [round(sample, 4) for sample in samples],
    }


def milliseconds(nanoseconds):
    return nanoseconds / 1e6


# More than this, by the median, between the ends of the middle half, or of all where there are
# few, and the median says little.
WIDE_HALF, WIDE_ALL, FEW = 0.15, 0.3, 7


def wide_spread(name, values):
    """A warning about a row's samples, or nothing; `values` are as summary() has them."""
    if values["n"] < 3 or not values["median"]:
        return []
    if values["n"] <= FEW:
        part, low, high, wide = "its tries spread", values["min"], values["max"], WIDE_ALL
    else:
        low, _, high = statistics.quantiles(values["samples"], n=4)
        part, wide = "the middle half of its tries spreads", WIDE_HALF
    spread = (high - low) / values["median"]
    return [f"{name}: {part} over {spread:.0%} of the median"] if spread > wide else []


@dataclass(frozen=True)
class Target:
    """What a figure should be, beside what it is."""

    what: str
    value: float | None
    least: float | None = None
    most: float | None = None

    def is_met(self):
        """None where it could not be measured."""
        if self.value is None:
            return None
        return (self.least is None or self.value >= self.least) and (
            self.most is None or self.value <= self.most
        )

    def to_json(self):
        return {**vars(self), "is_met": self.is_met()}

    def text(self):
        wanted = f"at least {self.least:g}" if self.most is None else f"at most {self.most:g}"
        verdict = {True: "met", False: "NOT met", None: "not measured"}[self.is_met()]
        value = "–" if self.value is None else f"{self.value:,.2f}".removesuffix(".00")
        return f"target: {self.what}: {value} ({wanted}): {verdict}"


@dataclass
class Table:
    """Rows of one case: a peer's name, and a value (or a word) for each column."""

    title: str
    columns: list  # of (key, head, digits)
    compared: str  # the column that ratios are made of
    notes: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    targets: list = field(default_factory=list)

    def add(self, peer, **values):
        self.rows.append({"peer": peer, **values})

    def to_json(self):
        targets = [target.to_json() for target in self.targets]
        return {"title": self.title, "rows": self.rows, "notes": self.notes, "targets": targets}

    def value(self, peer):
        found = next((row for row in self.rows if row["peer"] == peer), {})
        value = found.get(self.compared)
        return value if isinstance(value, (int, float)) else None

    def ratio(self, ours, row):
        """Ours by theirs; none where one of them is not a number, or theirs is nothing."""
        mine, theirs = self.value(ours), self.value(row["peer"])
        return mine / theirs if mine is not None and theirs else None

    def text(self, ours):
        """The table, with one column of ratios for each name in `ours` that has a row."""
        ours = [name for name in ours if self.value(name) is not None]
        compared = next(head for key, head, _ in self.columns if key == self.compared)
        heads = ["", *[head for _, head, _ in self.columns], *[f"{name} / peer" for name in ours]]
        lines = [heads]
        for row in self.rows:
            cells = [cell(row.get(key), digits) for key, _, digits in self.columns]
            ratios = [significant(self.ratio(name, row)) for name in ours]
            lines.append([row["peer"], *cells, *ratios])
        head = f"{self.title}\n" + (f"  ratios are of: {compared}\n" if ours else "")
        below = [f"* {note}" for note in self.notes] + [f"> {each.text()}" for each in self.targets]
        return head + layout(lines) + "".join(f"  {line}\n" for line in below)


def cell(value, digits):
    if value is None:
        return "–"
    return value if isinstance(value, str) else f"{value:.{digits}f}"


def significant(ratio):
    """Two digits that count, without an exponent."""
    if ratio is None:
        return "–"
    digits = 0
    while ratio and digits < 5 and ratio * 10**digits < 10:
        digits += 1
    return f"{ratio:.{digits}f}"


def layout(lines):
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    text = ""
    for line in lines:
        first = line[0].ljust(widths[0])
        rest = "  ".join(word.rjust(width) for word, width in zip(line[1:], widths[1:]))
        text += f"  {first}  {rest}\n"
    return text
