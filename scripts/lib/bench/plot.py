"""The tables of a benchmark as bars: one panel for each, ours in colour, as SVG."""

from xml.sax.saxutils import escape

WIDTH, NAMES, VALUES = 760, 210, 130
BAR, GAP, HEAD, MARGIN = 18, 7, 46, 16
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1a2230}.title{font-weight:600}.soft{fill:#566176;font-size:12px}"
    ".ground{fill:#ffffff}.ours{fill:#2260cf}.peer{fill:#b9c2d0}"
    "@media(prefers-color-scheme:dark){text{fill:#e8ecf3}.soft{fill:#a2adbf}.ground{fill:#12161d}"
    ".ours{fill:#82aeff}.peer{fill:#465062}}"
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
