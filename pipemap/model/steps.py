"""How a network followed from an older one: which keys a Change touched, so that what was made of the old one can be mended."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from pipemap.model.splicing import Splice

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet
    from weakref import ReferenceType

    from numpy.typing import NDArray

    from pipemap.model.network import Network

Known = TypeVar("Known")

REMEMBERED = 16
"""Steps that a network remembers: what was made of an older one is made anew."""

MOST = 2_000
"""Changed rows up to which what was made of an older network is mended; above, it is made anew."""

_FEW = 64
"""One in so many rows up to which each is renumbered by itself."""

FOLLOWED = ("adjacency", "flow", "valves", "segments", "tally", "zones")
"""What is worked out about a network once, and mended after a small Change instead of being worked out again."""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One step from a network to the next: keys of what was added, changed or taken away."""

    before: ReferenceType[Network]
    nodes: AbstractSet[int]
    pipes: AbstractSet[int]


@dataclass(frozen=True, eq=False)
class Rows:
    """What became of the rows of one layer.

    Attributes
    ----------
    now
        int64, ascending: rows of the new network that were added or changed.
    was
        int64, ascending: rows of the old one that were changed or taken away.
    count, count_now
        Rows of the old network, and of the new one.
    stays
        Whether every row has the number that it had.
    grows
        Whether every old row has the number that it had; there may be more behind them.
    kept_was, kept_now
        Those of ``was`` and ``now`` that are there still but hold something else, perhaps.
    """

    now: NDArray[np.int64]
    was: NDArray[np.int64]
    count: int
    count_now: int
    grows: bool
    kept_was: NDArray[np.int64]
    kept_now: NDArray[np.int64]

    @property
    def stays(self) -> bool:
        """Whether every row has the number that it had, and there are no others."""
        return self.grows and self.count == self.count_now

    @cached_property
    def gone(self) -> NDArray[np.int64]:
        """Rows of the old network that are there no more, ascending."""
        return np.setdiff1d(self.was, self.kept_was, assume_unique=True)

    @cached_property
    def added(self) -> NDArray[np.int64]:
        """Rows of the new network that were not there, ascending."""
        return np.setdiff1d(self.now, self.kept_now, assume_unique=True)

    @cached_property
    def source(self) -> NDArray[np.int64]:
        """int64, one a row of the new network: its row in the old one, −1 where there was none."""
        return self.carried(np.arange(self.count), -1)

    def moved(self, rows: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """Return rows of the old network as those of the new one; what is gone drops out."""
        found = self.renumbered(rows)
        return found[found >= 0]

    def renumbered(self, rows: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """Return rows of the old network as those of the new one, each in its place: −1 for what is gone or was −1."""
        if self.grows:
            return rows.astype(np.int64, copy=False)
        if len(rows) * _FEW > self.count:
            return self.numbers.take(rows)
        return np.where(rows >= 0, _passed_over(rows, self.gone, self.added), -1)

    def earlier(self, rows: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """Return rows of the new network as those of the old one, −1 where there was none."""
        if self.grows:
            return np.where(rows < self.count, rows, -1).astype(np.int64)
        return _passed_over(rows, self.added, self.gone)

    @cached_property
    def numbers(self) -> NDArray[np.int64]:
        """int64, one a row of the old network and one more: its row in the new one, −1 for none, so that −1 stays what it is."""
        return self.splice(self.added).moved()

    def splice(self, fresh: NDArray[np.int64]) -> Splice:
        """Return how columns come about of which some rows (ascending), the added ones among them, are worked out anew."""
        kept = self.gone - np.arange(len(self.gone))  # of what is kept, so much stands before each of those that are gone
        after = kept + np.searchsorted(self.added - np.arange(len(self.added)), kept, side="right")
        beside = np.concatenate([[0], fresh, fresh + 1, after])
        starts = np.unique(beside[beside < self.count_now])
        old, place = self.earlier(starts), np.searchsorted(fresh, starts)
        is_fresh = np.append(fresh, -1)[place] == starts
        first = np.where(is_fresh, self.count + place, old)
        last = first + np.diff(np.append(starts, self.count_now))
        return Splice(list(zip(starts.tolist(), first.tolist(), last.tolist(), strict=True)), self.count)

    def carried(self, column: NDArray[Any], unknown: float) -> NDArray[Any]:
        """Return a column of the new network, to be written into: what the old one held, ``unknown`` in added rows."""
        if self.stays:
            return column.copy()
        if not self.grows:
            added = np.full((len(self.added), *column.shape[1:]), unknown, column.dtype)
            return self.splice(self.added).of(column, added)
        found = np.full((self.count_now, *column.shape[1:]), unknown, column.dtype)
        found[: self.count] = column
        return found

    def mended(self, column: NDArray[Any], rows: NDArray[np.int64], values: NDArray[Any]) -> NDArray[Any]:
        """Return a column of the new network: that of the old one, but for some rows of the new one, the added ones among them.

        Where nothing differs it is the old one itself.
        """
        if self.stays and np.array_equal(column[rows], values):
            return column
        found = self.carried(column, 0)
        found[rows] = values
        return found


def _passed_over(rows: NDArray[np.integer[Any]], gone: NDArray[np.int64], added: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return what becomes of row numbers when some rows go and others come; −1 for those that go."""
    place = np.searchsorted(gone, rows)
    kept = rows - place
    found = kept + np.searchsorted(added - np.arange(len(added)), kept, side="right")
    return np.where(np.append(gone, -1)[place] == rows, -1, found)


@dataclass(frozen=True, slots=True, eq=False)
class Changed:
    """What differs between two networks."""

    nodes: Rows
    pipes: Rows

    @property
    def count(self) -> int:
        """How many rows were added, changed or taken away."""
        return sum(max(len(rows.now), len(rows.was)) for rows in (self.nodes, self.pipes))

    def touched(self, before: Network, after: Network) -> NDArray[np.int64]:
        """Return the nodes (ascending) that were added or changed, and those at which pipes that were changed end, or ended."""
        ended = self.nodes.moved(np.unique(before.pipe_ends[self.pipes.was]).astype(np.int64))
        ends = after.pipe_ends[self.pipes.now].reshape(-1).astype(np.int64)
        return np.unique(np.concatenate([self.nodes.now, ends, ended]))


def changed(before: Network, after: Network) -> Changed | None:
    """Return what differs between a network and one that followed from it by a few Changes; ``None`` where that is not known."""
    for place, step in enumerate(after.steps):
        if step.before() is before:
            steps = after.steps[place:]
            nodes = set[int]().union(*(step.nodes for step in steps))
            pipes = set[int]().union(*(step.pipes for step in steps))
            return Changed(
                rows_between(before.node_fid, after.node_fid, nodes), rows_between(before.pipe_fid, after.pipe_fid, pipes)
            )
    return None


def rows_between(before: NDArray[np.int64], after: NDArray[np.int64], keys: AbstractSet[int]) -> Rows:
    """Return what became of the rows of a layer, given its keys before and after (ascending), and those that were touched."""
    wanted = np.array(sorted(keys), dtype=np.int64)
    was, now = (_found(fids, wanted) for fids in (before, after))
    kept = np.intersect1d(before[was], after[now], assume_unique=True)
    kept_was, kept_now = (np.searchsorted(fids, kept) for fids in (before, after))
    nothing_gone = len(kept_was) == len(was)
    first = np.setdiff1d(now, kept_now, assume_unique=True)
    grows = nothing_gone and (not len(first) or int(first[0]) >= len(before))
    return Rows(now, was, len(before), len(after), grows, kept_was, kept_now)


def _found(fids: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows of those keys that are there."""
    at = np.minimum(np.searchsorted(fids, wanted), max(len(fids) - 1, 0))
    rows: NDArray[np.int64] = at[fids[at] == wanted] if len(fids) else np.empty(0, dtype=np.int64)
    return rows


# -- what is known of an older network ---------------------------------------------------------------------------------


def pass_on(before: Network, after: Network) -> None:
    """Note of what was worked out about a network, or one before it, from which one it can be mended for the next.

    At most one older network is kept for each, and only until what it is kept for was asked for again.
    """
    older = before.origins
    for what in FOLLOWED:
        origin = before if what in vars(before) or what in before.worked_out else older.get(what)
        if origin is not None and (origin is before or any(step.before() is origin for step in after.steps)):
            after.origins[what] = origin


def mended(network: Network, what: str, mend: Callable[[Network, Changed], Known | None]) -> Known | None:
    """Return something that was worked out about an older network, mended for this one; ``None``: work it out anew."""
    origin = network.origins.pop(what, None)
    found = None if origin is None else changed(origin, network)
    if origin is None or found is None or found.count > MOST:
        return None
    return mend(origin, found)
