"""Whether something stays the same over a long time."""

import statistics

# Parts of the whole time; what comes before the first one is warming up.
EARLY, LATE = (0.25, 0.5), (0.75, 1.0)
# Seconds, before which the first things are still coming in.
LONG_ENOUGH = 20 * 60
FIGURES = [
    ("anonymous", "its own KiB", 1.05), ("rss", "RSS KiB", 1.05), ("pss", "PSS KiB", None),
    ("descriptors", "descriptors", 1.02), ("threads", "threads", None),
]


def within(points, part, end):
    return [value for at, value in points if part[0] * end <= at <= part[1] * end]


def trend(points, end):
    """Medians of the second and of the last quarter, their ratio, and the slope by the hour.
    `points` are pairs of seconds and a value."""
    early, late = within(points, EARLY, end), within(points, LATE, end)
    before = statistics.median(early) if early else None
    after = statistics.median(late) if late else None
    return {
        "early": before, "late": after, "most": max((value for _, value in points), default=None),
        "ratio": after / before if before and after is not None else None,
        "slope": slope([point for point in points if point[0] >= EARLY[0] * end]),
    }


def slope(points):
    """By least squares, for each hour."""
    if len({at for at, _ in points}) < 2:
        return None
    found = statistics.linear_regression([at / 3600 for at, _ in points], [value for _, value in points])
    return found.slope
