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


@dataclass
class Table:
    """Rows of one case: a peer's name, and a value (or a word) for each column."""

    title: str
    columns: list  # of (key, head, digits)
    compared: str  # the column that ratios are made of
    notes: list = field(default_factory=list)
    rows: list = field(default_factory=list)

    def add(self, peer, **values):
        self.rows.append({"peer": peer, **values})

    def to_json(self):
        return {"title": self.title, "rows": self.rows, "notes": self.notes}

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
        return head + layout(lines) + "".join(f"  * {note}\n" for note in self.notes)


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
