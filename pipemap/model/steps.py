"""How a network followed from an older one: which keys a Change touched, so that what was made of the old one can be mended."""

from __future__ import annotations

from dataclasses import dataclass, replace
from dataclasses import fields as record_fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from pipemap.model.columns import Coded, Ids
from pipemap.model.delivery import Lines
from pipemap.model.release import lines_of

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from weakref import ReferenceType

    from numpy.typing import NDArray

    from pipemap.model.network import Network

REMEMBERED = 16
"""Steps that a network remembers: what was made of an older one is made anew."""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One step from a network to the next: keys of what was added, changed or taken away."""

    before: ReferenceType[Network]
    nodes: AbstractSet[int]
    pipes: AbstractSet[int]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """What became of the rows of one layer.

    Attributes
    ----------
    now
        int64, ascending: rows of the new network that were added or changed.
    was
        int64, ascending: rows of the old one that were changed or taken away.
    source
        int64, one a row of the new network: its row in the old one, −1 where there was none.
    stays
        Whether every row has the number that it had.
    """

    now: NDArray[np.int64]
    was: NDArray[np.int64]
    source: NDArray[np.int64]
    stays: bool

    @property
    def gone(self) -> NDArray[np.int64]:
        """Rows of the old network that are there no more."""
        return self.was[~np.isin(self.was, self.source[self.now])]

    def moved(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return rows of the old network as those of the new one; what is gone drops out."""
        if self.stays:
            return rows
        kept = np.flatnonzero(self.source >= 0)
        at = np.minimum(np.searchsorted(self.source[kept], rows), max(len(kept) - 1, 0))
        there = self.source[kept][at] == rows if len(kept) else np.zeros(len(rows), np.bool_)
        found: NDArray[np.int64] = kept[at[there]]
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Changed:
    """What differs between two networks."""

    nodes: Rows
    pipes: Rows

    @property
    def count(self) -> int:
        """How many rows were added, changed or taken away."""
        return sum(max(len(rows.now), len(rows.was)) for rows in (self.nodes, self.pipes))


def changed(before: Network, after: Network) -> Changed | None:
    """Return what differs between a network and one that followed from it by a few Changes; ``None`` where that is not known."""
    for place, step in enumerate(after.steps):
        if step.before() is before:
            steps = after.steps[place:]
            nodes = set[int]().union(*(step.nodes for step in steps))
            pipes = set[int]().union(*(step.pipes for step in steps))
            return Changed(_rows(before.node_fid, after.node_fid, nodes), _rows(before.pipe_fid, after.pipe_fid, pipes))
    return None


def _rows(before: NDArray[np.int64], after: NDArray[np.int64], keys: set[int]) -> Rows:
    wanted = np.array(sorted(keys), dtype=np.int64)
    was, now = (_found(fids, wanted) for fids in (before, after))
    stays, source = before is after or np.array_equal(before, after), np.arange(len(after))
    if not stays:
        gone, added = np.ones(len(before), np.bool_), np.ones(len(after), np.bool_)
        gone[was[~np.isin(before[was], after[now])]] = False
        added[now[~np.isin(after[now], before[was])]] = False
        source = np.full(len(after), -1, dtype=np.int64)
        source[added] = np.flatnonzero(gone)
    return Rows(now, was, source, stays)


def _found(fids: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows of those keys that are there."""
    at = np.minimum(np.searchsorted(fids, wanted), max(len(fids) - 1, 0))
    rows: NDArray[np.int64] = at[fids[at] == wanted] if len(fids) else np.empty(0, dtype=np.int64)
    return rows


def part_of(network: Network, nodes: NDArray[np.int64], pipes: NDArray[np.int64]) -> Network:
    """Return some rows (ascending) as a network of their own; ``nodes`` holds both ends of each of ``pipes``."""
    held: dict[str, Any] = {}
    for field in record_fields(network):
        rows = nodes if field.name.startswith("node_") or field.name == "chamber_depth" else pipes
        value = getattr(network, field.name)
        if isinstance(value, Coded):
            held[field.name] = Coded(value.codes[rows], value.values)
        elif isinstance(value, Ids):
            held[field.name] = Ids(value.arrow.take(pa.array(rows)))
        elif isinstance(value, Lines):
            held[field.name] = lines_of(value, rows)
        elif isinstance(value, np.ndarray):
            held[field.name] = value[rows]
    held["pipe_ends"] = np.searchsorted(nodes, held["pipe_ends"]).astype(network.pipe_ends.dtype)
    held["node_arm"] = np.full(len(nodes), -1, dtype=network.node_arm.dtype)
    return replace(network, **held, column_loader=None, customer_loader=None)
