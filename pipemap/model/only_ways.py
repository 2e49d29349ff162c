"""Pipes that are the only way to a source or an outfall, and which way they flow therefore.

What is a bridge, and what lies on either side of it, is settled within one connected part; so after a small Change only the
parts in which something changed are looked at again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog.kinds import NodeKind
from pipemap.model.bridges import find_bridges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network
    from pipemap.model.steps import Changed, Rows

_HALF = 31
_LOW = (1 << _HALF) - 1
_KINDS = ("mains", "drains")
"""Mains and sewers are told apart: a rising main hangs on the sewers, but water does not come from them."""


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """All that decides which pipes are the only way: nothing else of a network does.

    Attributes
    ----------
    ends
        int32 (P, 2): first and second node.
    usable, gravity
        bool (P): something may flow through it; it flows by its fall.
    known, possible
        bool (N): sources, known ones and possible ones.
    outfall, boundary
        bool (N): where drains end, known ones and possible ones.
    """

    ends: NDArray[np.int32]
    usable: NDArray[np.bool_]
    gravity: NDArray[np.bool_]
    known: NDArray[np.bool_]
    possible: NDArray[np.bool_]
    outfall: NDArray[np.bool_]
    boundary: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class OnlyWays:
    """Pipes that are the only way.

    Attributes
    ----------
    direction
        int8 (P): +1 along the pipe, −1 against it, 0 where there is another way, or none.
    certain
        bool (P): so whether or not what is only possible is there.
    parts
        int32 (N) each: number of the connected part that a node belongs to, for mains and for drains.
    asked
        What it was worked out from.
    """

    direction: NDArray[np.int8]
    certain: NDArray[np.bool_]
    parts: tuple[NDArray[np.int32], NDArray[np.int32]]
    asked: Asked


def find_only_ways(network: Network) -> OnlyWays:
    """Bridges: away from the source that is reached in no other way, and towards the outfall that is."""
    asked = _asked(network)
    direction = np.zeros(network.pipe_count, dtype=np.int8)
    certain = np.zeros(network.pipe_count, dtype=np.bool_)
    parts = []
    for kind in _KINDS:
        found = _answer(asked, kind, None)
        _put(direction, certain, found)
        parts.append(found.part)
    return OnlyWays(direction, certain, (parts[0], parts[1]), asked)


def mended_only_ways(before: OnlyWays, network: Network, changed: Changed) -> OnlyWays:
    """Return the only ways of a network that followed by a small Change from one of which they are known."""
    asked = _asked(network)
    nodes, pipes = changed.nodes, changed.pipes
    other = _other_nodes(before.asked, asked, changed)
    if not len(other) and nodes.stays and pipes.stays:
        return OnlyWays(before.direction, before.certain, before.parts, asked)
    direction, certain = pipes.carried(before.direction, 0), pipes.carried(before.certain, unknown=False)
    parts = []
    for kind, part in zip(_KINDS, before.parts, strict=True):
        now = nodes.carried(part, -1)
        hit = np.zeros(int(part.max(initial=-1)) + 2, np.bool_)  # one more for −1: what was added
        hit[now[other]] = True
        within = hit[now]
        found = _answer(asked, kind, within)
        _put(direction, certain, found)
        now[within] = found.part + len(hit)
        parts.append(_close(now))
    return OnlyWays(direction, certain, (parts[0], parts[1]), asked)


def _close(part: NDArray[np.int32]) -> NDArray[np.int32]:
    """Number parts anew where the numbers have become many more than there can be parts."""
    if len(part) and int(part.max()) > 4 * len(part) + 1000:
        return np.unique(part, return_inverse=True)[1].reshape(-1).astype(np.int32)
    return part


def _asked(network: Network) -> Asked:
    usable = network.in_use_pipes & ~network.closed_pipes
    stopped = network.closed_nodes | ~network.in_use_nodes
    usable &= ~(stopped.take(network.pipe_ends[:, 0]) | stopped.take(network.pipe_ends[:, 1]))
    known, possible = np.zeros(network.node_count, dtype=np.bool_), np.zeros(network.node_count, dtype=np.bool_)
    known[network.sources] = True
    possible[network.possible_sources] = True
    outfall = network.node_kind.is_in(NodeKind.OUTFALL)
    return Asked(network.pipe_ends, usable, network.gravity_pipes, known, possible, outfall, network.is_boundary)


def _other_nodes(before: Asked, after: Asked, changed: Changed) -> NDArray[np.int64]:
    """Return the nodes (ascending) at which something is other than before: they, or a pipe that ends there, or ended."""
    nodes, pipes = changed.nodes, changed.pipes
    at = np.zeros(len(after.known), np.bool_)
    at[nodes.added] = True
    for name in ("known", "possible", "outfall", "boundary"):
        at[_differing(getattr(before, name), getattr(after, name), nodes)] = True
    rows = [_differing(getattr(before, name), getattr(after, name), pipes) for name in ("usable", "gravity")]
    was, now = pipes.kept_was, pipes.kept_now
    turned = (nodes.renumbered(before.ends[was]) != after.ends[now]).any(axis=1)
    other = np.concatenate([*rows, pipes.added, now[turned]])
    at[after.ends[other].reshape(-1)] = True
    at[nodes.moved(before.ends[np.concatenate([pipes.gone, was[turned]])].reshape(-1).astype(np.int64))] = True
    return np.flatnonzero(at)


def _differing(before: NDArray[np.bool_], after: NDArray[np.bool_], rows: Rows) -> NDArray[np.int64]:
    """Rows of the new network that were there and differ from what they were."""
    if rows.grows:
        return np.flatnonzero(before != after[: len(before)])
    there = np.flatnonzero(rows.source >= 0)
    differing: NDArray[np.int64] = there[before[rows.source[there]] != after[there]]
    return differing


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """Directions of some pipes (rows), and the parts of the nodes that were looked at."""

    pipes: NDArray[np.int64]
    direction: NDArray[np.int8]
    certain: NDArray[np.bool_]
    part: NDArray[np.int32]


def _put(direction: NDArray[np.int8], certain: NDArray[np.bool_], found: _Found) -> None:
    direction[found.pipes], certain[found.pipes] = found.direction, found.certain


def _answer(asked: Asked, kind: str, within: NDArray[np.bool_] | None) -> _Found:
    """Look at everything, or at some nodes (bool (N)) that hold whole parts: no pipe in use leads out of them."""
    ends, count = asked.ends, len(asked.known)
    mains = kind == "mains"
    nodes = slice(None) if within is None else np.flatnonzero(within)
    if within is None:
        pipes = np.arange(len(ends))
    else:
        pipes = np.flatnonzero(within.take(ends[:, 0]) & within.take(ends[:, 1]))
        number = np.cumsum(within, dtype=np.int32) - 1
        ends, count = number.take(ends[pipes]), int(number[-1]) + 1 if len(number) else 0
    wanted = ~asked.gravity[pipes] if mains else asked.gravity[pipes]
    usable = asked.usable[pipes] & wanted if mains else asked.usable[pipes]
    bridges = find_bridges(count, ends, usable)
    sure, unsure = (asked.known, asked.possible) if mains else (asked.outfall, asked.boundary)
    # Both counts in one number, for one walk up the tree.
    sides = bridges.sides(sure[nodes].astype(np.int64) + (unsure[nodes].astype(np.int64) << _HALF))
    sign = 1 if mains else -1
    everything = np.where(wanted, sign * _away((sides & _LOW) + (sides >> _HALF)), 0).astype(np.int8)
    certain = (_away(sides & _LOW) != 0) & (everything != 0)
    mine = np.flatnonzero(wanted)
    return _Found(pipes[mine], everything[mine], certain[mine], bridges.part.astype(np.int32))


def _away(sides: NDArray[np.int64]) -> NDArray[np.int8]:
    """Direction away from the one side of each bridge that counts something: +1 along the pipe, −1 against; 0 else."""
    first, second = sides.T
    signs: NDArray[np.int8] = ((first > 0) & (second == 0)).astype(np.int8) - ((second > 0) & (first == 0)).astype(np.int8)
    return signs
