"""The tables of a benchmark as bars: one panel for each, ours in colour; and samples as lines over time. SVG."""

from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, NAMES, VALUES = 760, 210, 130
BAR, GAP, HEAD, MARGIN = 18, 7, 46, 16
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1a2230}.title{font-weight:600}.soft{fill:#566176;font-size:12px}"
    ".ground{fill:#ffffff}.ours{fill:#2260cf}.peer{fill:#b9c2d0}"
    "polyline{fill:none;stroke-width:1.5}.ours-line{stroke:#2260cf}.peer-line{stroke:#8793a6}.axis{stroke:#b9c2d0}"
    "@media(prefers-color-scheme:dark){text{fill:#e8ecf3}.soft{fill:#a2adbf}.ground{fill:#12161d}"
    ".ours{fill:#82aeff}.peer{fill:#465062}"
    ".ours-line{stroke:#82aeff}.peer-line{stroke:#7b879b}.axis{stroke:#465062}}"
)


def svg(about, tables, ours):
    """The whole picture. `ours` are names of rows."""
    panels, top = [], MARGIN + 20
    for table in tables:
        rows = [(row["peer"], row.get(table.compared)) for row in table.rows]
        rows = [(peer, value) for peer, value in rows if isinstance(value, (int, float))]
        if len(rows) > 1:
            panels.append(panel(table, rows, ours, top))
            top += HEAD + len(rows) * (BAR + GAP) + MARGIN
    return whole(about, panels, top)


def whole(about, panels, top):
    head = f'<text class="soft" x="{MARGIN}" y="{MARGIN + 6}">{escape(about)}</text>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" height="{top}" role="img">'
        f"<style>{STYLE}</style><rect class=\"ground\" width=\"100%\" height=\"100%\"/>{head}{''.join(panels)}</svg>\n"
    )


def panel(table, rows, ours, top):
    """One table's bars, as long as their values."""
    column = next(head for key, head, _ in table.columns if key == table.compared)
    most = max(value for _, value in rows) or 1
    lines = [
        f'<text class="title" x="{MARGIN}" y="{top + 16}">{escape(shortened(table.title))}</text>',
        f'<text class="soft" x="{MARGIN}" y="{top + 34}">{escape(column)}</text>',
    ]
    for number, (peer, value) in enumerate(rows):
        y = top + HEAD + number * (BAR + GAP)
        length = (WIDTH - NAMES - VALUES - MARGIN) * value / most
        kind = "ours" if peer in ours else "peer"
        lines += [
            f'<text x="{NAMES - 8}" y="{y + 14}" text-anchor="end">{escape(peer)}</text>',
            f'<rect class="{kind}" x="{NAMES}" y="{y}" width="{max(length, 1):.1f}" height="{BAR}" rx="3"/>',
            f'<text x="{NAMES + length + 8:.1f}" y="{y + 14}">{shown(value)}</text>',
        ]
    return "".join(lines)


def shortened(title, most=100):
    return title if len(title) <= most else title[: most - 1] + "…"


def shown(value):
    """Three digits that count."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:,.{digits}f}"


# A panel of lines: its height, and what its values stand in.
TALL, LABELS = 150, 70


@dataclass(frozen=True)
class Line:
    """Pairs of seconds and a value."""

    name: str
    points: list
    stands_out: bool = False


@dataclass(frozen=True)
class Lines:
    """Lines that share an axis."""

    title: str
    lines: list


def over_time(about, charts):
    """The whole picture, one panel for each chart."""
    panels, top = [], MARGIN + 20
    for each in charts:
        if any(line.points for line in each.lines):
            panels.append(lines_panel(each, top))
            top += HEAD + TALL + 2 * MARGIN
    return whole(about, panels, top)


def lines_panel(chart, top):
    """From nothing to the most that there is, so that nothing looks steeper than it is."""
    points = [point for line in chart.lines for point in line.points]
    end, most = max(at for at, _ in points) or 1, max(value for _, value in points) or 1
    base, width = top + 30 + TALL, WIDTH - LABELS - NAMES
    drawn = [
        f'<text class="title" x="{MARGIN}" y="{top + 16}">{escape(chart.title)}</text>',
        f'<line class="axis" x1="{LABELS}" x2="{LABELS + width}" y1="{base}" y2="{base}"/>',
        f'<text class="soft" x="{LABELS - 8}" y="{base - TALL + 8}" text-anchor="end">{shown(most)}</text>',
        f'<text class="soft" x="{LABELS - 8}" y="{base}" text-anchor="end">0</text>',
        f'<text class="soft" x="{LABELS + width}" y="{base + 16}" text-anchor="end">{end / 60:.0f} minutes</text>',
    ]
    # Names that would stand on each other move apart, the highest line's first.
    free = base - TALL - 20
    for line in sorted((line for line in chart.lines if line.points), key=lambda line: -line.points[-1][1]):
        places = [(LABELS + width * at / end, base - TALL * value / most) for at, value in line.points]
        kind = "ours" if line.stands_out else "peer"
        free = max(free + 16, places[-1][1] + 4)
        drawn += [
            f'<polyline class="{kind}-line" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}"/>',
            f'<text class="soft" x="{LABELS + width + 8}" y="{free:.1f}">{escape(line.name)} {shown(line.points[-1][1])}</text>',
        ]
    return "".join(drawn)
