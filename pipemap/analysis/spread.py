"""Where a leak can spread: from a pipe through the ground into what is hollow nearby, and along that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap import catalog
from pipemap.analysis.area import pipes_near
from pipemap.analysis.gaps import Pieces, gaps_between, pieces_of
from pipemap.catalog.kinds import PipeKind
from pipemap.errors import PipemapError
from pipemap.model.lookup import Element
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network

THROUGH_GROUND = 5.0
"""Metres that gas is taken to go through the ground when nothing else is said. Our own figure."""

ALONG = 100.0
"""Metres that it is followed inside a drain or duct when nothing else is said. Our own figure."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Where it can enter: ``metres`` of ground from a pipe that leaks to a hollow one; ``in_plan`` when a level is unknown."""

    leaking: int
    hollow: int
    metres: float
    in_plan: bool


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """What a leak can reach.

    Attributes
    ----------
    leaking_rows
        int64: the pipes that leak.
    entries
        Where it can enter, nearest first; one for each pair of pipes.
    pipe_rows, node_rows
        int64: hollow pipes and their manholes and chambers within reach, nearest first.
    pipe_metres, node_metres
        float64: the way to them: through the ground, then inside to the nearer end.
    """

    network: Network
    leaking_rows: NDArray[np.int64]
    entries: tuple[Entry, ...]
    pipe_rows: NDArray[np.int64]
    pipe_metres: NDArray[np.float64]
    node_rows: NDArray[np.int64]
    node_metres: NDArray[np.float64]

    @property
    def pipes(self) -> tuple[str, ...]:
        """Ids of the pipes within reach, nearest first."""
        return tuple(self.network.pipe_ids.take(self.pipe_rows))

    @property
    def nodes(self) -> tuple[str, ...]:
        """Ids of the manholes and chambers within reach, nearest first."""
        return tuple(self.network.node_ids.take(self.node_rows))


def hollow_pipes(network: Network) -> NDArray[np.bool_]:
    """Return bool (P): what gas can move in: drains by gravity, channels, tunnels, and ducts of cables; whether in use or not.

    A pipe under pressure is full, a cable in the ground leaves no room.
    """

    def tunnel(code: str) -> bool:
        found = catalog.category(code)
        return found is not None and found.major == "ZH"

    def roomy(code: str) -> bool:
        found = catalog.burial(code)
        return found is not None and found.cable_kind in {"duct", "channel"}

    hollow = network.gravity_pipes | network.pipe_kind.is_in(PipeKind.CHANNEL, PipeKind.DUCT)
    hollow |= network.pipe_category.is_in(*filter(tunnel, network.pipe_category.values))
    hollow |= network.pipe_burial.is_in(*filter(roomy, network.pipe_burial.values))
    return hollow & ~network.pipe_lifecycle.is_in("removed", "planned")


def spread(network: Network, leaking: Sequence[str], *, through_ground: float = THROUGH_GROUND, along: float = ALONG) -> Spread:
    """Find which drains, ducts and chambers a leak can reach.

    From every point of the leaking pipes through the ground, in space and wall to wall, into what is hollow; inside that, along
    it and through its chambers, whatever flows there. Where a level is unknown the distance in plan counts, which is never
    larger than the true one: nothing within reach is left out.

    Parameters
    ----------
    leaking
        Ids of pipes or nodes; a node stands for the pipes at it.
    through_ground, along
        Metres that it is taken to go through the ground, and inside.

    Raises
    ------
    UnknownElementError, AmbiguousElementError
        As :meth:`Network.element`.
    PipemapError
        Nothing is said to leak, a distance is no distance, or none of the pipes has a place.
    """
    if not (np.isfinite(through_ground) and np.isfinite(along) and through_ground >= 0 and along >= 0):
        raise PipemapError(_("A distance is a number of metres from 0 on."))
    leaks = _pipes_of(network, [network.element(text) for text in leaking])
    if not len(leaks):
        raise PipemapError(_("A leak needs a pipe to start from."))
    sources = pieces_of(network, leaks)
    if not len(sources):
        raise PipemapError(_("None of these pipes has a place, so nothing can be near them."))
    hollow = _Hollow(network, leaks)
    around = pieces_of(network, _in_plan_near(network, sources, hollow, through_ground))
    gaps = gaps_between(sources, around, through_ground)
    entries = tuple(
        Entry(int(one), int(two), float(metres), bool(flat))
        for one, two, metres, flat in zip(gaps.first, gaps.second, gaps.metres, gaps.in_plan, strict=True)
    )
    return _followed(network, leaks, entries, hollow, along)


class _Hollow:
    """What gas can move in but the pipes that leak; looked through once a network."""

    def __init__(self, network: Network, leaks: NDArray[np.int64]) -> None:
        if "hollow" not in network.worked_out:
            network.worked_out["hollow"] = hollow_pipes(network)
            size = np.nan_to_num(np.fmax(network.width, network.height).astype(np.float64)) / 2 + np.nan_to_num(network.wall)
            network.worked_out["hollow reach"] = float(size[network.worked_out["hollow"]].max(initial=0.0))
        self._all: NDArray[np.bool_] = network.worked_out["hollow"]
        self.largest: float = network.worked_out["hollow reach"]
        self._leaks = set(leaks.tolist())

    def __getitem__(self, row: int) -> bool:
        return bool(self._all[row]) and row not in self._leaks

    def among(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of these rows that are."""
        return np.array([row for row in rows[self._all[rows]].tolist() if row not in self._leaks], dtype=np.int64)


def _pipes_of(network: Network, elements: Sequence[Element]) -> NDArray[np.int64]:
    rows: list[int] = []
    for element in elements:
        if element.layer == "pipe":
            rows.append(element.row)
        else:
            rows += network.edge[network.indptr[element.row] : network.indptr[element.row + 1]].tolist()
    return np.array(list(dict.fromkeys(rows)), dtype=np.int64)


def _in_plan_near(network: Network, sources: Pieces, hollow: _Hollow, within: float) -> NDArray[np.int64]:
    """The hollow pipes that come near the leak in plan, so that only they are cut into pieces."""
    reach = within + float(sources.radius.max()) + hollow.largest
    low, high = (pick(sources.ends[:, :, :2], axis=(0, 1)) for pick in (np.min, np.max))
    box = (float(low[0]) - reach, float(low[1]) - reach, float(high[0]) + reach, float(high[1]) + reach)
    return hollow.among(pipes_near(network, box))


def _followed(network: Network, leaks: NDArray[np.int64], entries: tuple[Entry, ...], hollow: _Hollow, along: float) -> Spread:
    """Along what is hollow, by the shortest way from the pipes it entered; those are reached as a whole."""
    way = dict[int, float]()
    for entry in entries:
        way.setdefault(entry.hollow, entry.metres)
    nodes, metres = _nearest_inside(network, hollow, way, along)
    reached: dict[int, float] = {}
    for node, far in zip(nodes.tolist(), metres.tolist(), strict=True):
        for pipe in network.edge[network.indptr[node] : network.indptr[node + 1]].tolist():
            if hollow[pipe]:
                reached[pipe] = min(reached.get(pipe, np.inf), far)
    reached |= way
    pipes = np.fromiter(reached, dtype=np.int64, count=len(reached))
    pipe_metres = np.fromiter(reached.values(), dtype=np.float64, count=len(reached))
    order = np.lexsort((pipes, pipe_metres))
    return Spread(network, leaks, entries, pipes[order], pipe_metres[order], nodes, metres)


def _nearest_inside(
    network: Network, hollow: _Hollow, way: dict[int, float], along: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Dijkstra from both ends of every pipe entered: nobody knows where along it gas comes in, so both count as there at once."""
    import heapq

    best: dict[int, float] = {}
    most: dict[int, float] = {}
    queue = [(0.0, metres, int(node)) for pipe, metres in way.items() for node in network.pipe_ends[pipe]]
    heapq.heapify(queue)
    while queue:
        inside, ground, node = heapq.heappop(queue)
        best[node] = min(best.get(node, np.inf), inside + ground)
        if node in most:
            continue
        most[node] = inside
        for place in range(network.indptr[node], network.indptr[node + 1]):
            pipe, other = int(network.edge[place]), int(network.neighbour[place])
            walked = inside + float(network.weight[pipe])
            if hollow[pipe] and other not in most and walked <= along:
                heapq.heappush(queue, (walked, ground, other))
    rows = np.array(list(best), dtype=np.int64)
    metres = np.array(list(best.values()), dtype=np.float64)
    order = np.lexsort((rows, metres))
    return rows[order], metres[order]
