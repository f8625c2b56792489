"""Where a walk is measured: a home on ext4, and one in the lower layer of overlayfs."""

import os
from contextlib import contextmanager
from dataclasses import dataclass

from measure import count_calls, timed
from trees import FRESH, OLD, Tree, now


@dataclass(frozen=True)
class Outcome:
    """One try."""

    run: object
    left: int  # entries that are not the user's afterwards
    copied: int | None = None  # inodes in the upper layer
    copied_bytes: int | None = None


class OnVolume:
    """The tree itself."""

    def __init__(self, volume):
        self.name = volume.name

    def attempt(self, walker, tree, extent, before_run=lambda *_: None):
        """Makes its owners wrong again, warms the cache, and has it walked."""
        tree.own(extent)
        tree.survey()
        before_run(walker, tree)
        run = timed(walker, tree.top)
        return Outcome(run, tree.survey().wrong)

    def written(self, walker, tree, extent):
        """How many inodes the walk changes, and of how many it sets the access time, where all
        of them are due."""
        tree.own(extent)
        tree.age(OLD)
        since = now()
        timed(walker, tree.top)
        found = tree.survey(since)
        tree.age(FRESH)
        return {"changed": found.changed, "read": found.read}

    def calls(self, walker, tree, extent):
        """System calls for each entry."""
        tree.own(extent)
        return per_entry(count_calls(walker, tree.top), tree)


class OnOverlay:
    """The tree in a lower layer, which is never written to: its owners are made wrong once."""

    name = "overlayfs"

    def __init__(self, volume):
        self.volume = volume

    @contextmanager
    def _seen(self, tree, extent):
        tree.own(extent)
        tree.survey()
        with self.volume.overlay(tree.top.parent) as (merged, upper):
            yield Tree(tree.program, merged / tree.top.name), Tree(tree.program, upper)

    def attempt(self, walker, tree, extent, before_run=lambda *_: None):
        with self._seen(tree, extent) as (merged, upper):
            before_run(walker, tree)
            run = timed(walker, merged.top)
            merged.settle()
            own = os.stat(upper.top).st_blocks * 512
            above = upper.survey()
            return Outcome(run, merged.survey().wrong, above.entries - 1, above.bytes - own)

    def written(self, _walker, _tree, _extent):
        """What is written is what is copied up."""
        return {}

    def calls(self, walker, tree, extent):
        with self._seen(tree, extent) as (merged, _):
            return per_entry(count_calls(walker, merged.top), tree)


def per_entry(calls, tree):
    return calls / tree.survey().entries if calls else None
