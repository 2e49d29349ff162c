"""Sections (检测管段): runs from manhole to manhole, of one surveyed pipe or several, and places along them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog import major_of
from pipemap.catalog.kinds import NodeKind

if TYPE_CHECKING:
    from pipemap.model.network import Network


@dataclass(frozen=True, slots=True)
class Run:
    """Pipes from one manhole to the next.

    Attributes
    ----------
    pipes
        Rows of the pipes in their order.
    forward
        Whether each is digitised the way the run goes.
    ends
        Rows of the first and last node.
    offsets
        Metres before each pipe, and after the last the length of the run; NaN from where a length is unknown.
    """

    pipes: tuple[int, ...]
    forward: tuple[bool, ...]
    ends: tuple[int, int]
    offsets: tuple[float, ...]

    @property
    def length(self) -> float:
        """Metres from end to end."""
        return self.offsets[-1]

    def station(self, place: int, along: float) -> float:
        """Return metres from the run's first node of a place ``along`` metres from the first end of its pipe number ``place``."""
        long = self.offsets[place + 1] - self.offsets[place]
        return self.offsets[place] + (along if self.forward[place] else long - along)


def find_runs(network: Network, pipes: Iterable[int]) -> list[Run]:
    """Return the runs that some pipes (rows) belong to, each once, in the order of the pipes.

    A run goes on where exactly two pipes in use of one major category meet at a plain point; at everything else that is a
    manhole, a chamber, an outfall, a junction, it ends. It starts at the higher end, as the levels of
    the pipe that names it tell.
    """
    found: list[Run] = []
    seen: set[int] = set()
    for pipe in pipes:
        if pipe not in seen:
            run = _run(network, int(pipe))
            seen.update(run.pipes)
            found.append(run)
    return found


def _run(network: Network, pipe: int) -> Run:
    behind = _walk(network, pipe, 1)
    ahead_of_first = _walk(network, pipe, 0)
    steps = [(row, not forward) for row, forward in reversed(ahead_of_first)]
    steps += [(pipe, True), *((row, forward) for row, forward in behind if row not in {one for one, _way in steps})]
    if _runs_back(network, pipe):
        steps = [(row, not forward) for row, forward in reversed(steps)]
    first, last = steps[0], steps[-1]
    ends = int(network.pipe_ends[first[0], 0 if first[1] else 1]), int(network.pipe_ends[last[0], 1 if last[1] else 0])
    lengths = network.length[[row for row, _forward in steps]]
    offsets = (0.0, *(float(value) for value in np.cumsum(lengths)))
    return Run(tuple(row for row, _forward in steps), tuple(forward for _row, forward in steps), ends, offsets)


def _runs_back(network: Network, pipe: int) -> bool:
    """Whether the levels of its ends say that the pipe falls towards its first."""
    return bool(network.from_level[pipe] < network.to_level[pipe])


def _walk(network: Network, pipe: int, end: int) -> list[tuple[int, bool]]:
    """Return the pipes that follow behind one end, and whether each is digitised away from it."""
    found: list[tuple[int, bool]] = []
    seen = {pipe}
    node = int(network.pipe_ends[pipe, end])
    while (following := _only_other(network, node, pipe)) is not None and following not in seen:
        forward = int(network.pipe_ends[following, 0]) == node
        found.append((following, forward))
        seen.add(following)
        node = int(network.pipe_ends[following, 1 if forward else 0])
        pipe = following
    return found


def _only_other(network: Network, node: int, pipe: int) -> int | None:
    """Return the pipe in which a run goes on at a node, None where it ends there."""
    if (network.node_kind[node] or NodeKind.POINT) != NodeKind.POINT or network.node_appurtenance[node]:
        return None
    here = network.edge[network.indptr[node] : network.indptr[node + 1]].tolist()
    if len(here) != 2 or here[0] == here[1]:  # noqa: PLR2004 -- a plain point joins two pipes
        return None
    other = here[0] if here[1] == pipe else here[1]
    same = major_of(network.pipe_category[other]) == major_of(network.pipe_category[pipe])
    return int(other) if same and network.in_use_pipes[other] == network.in_use_pipes[pipe] else None
