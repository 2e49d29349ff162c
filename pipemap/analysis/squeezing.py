"""Squeeze-off points (夹管): where a gas pipe of polyethylene can be pinched near a break, because no valve is near.

A squeezed pipe is a valve placed for the day: the part inside is without gas, the part beyond keeps it.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from pipemap import catalog
from pipemap.analysis.cells import NOWHERE
from pipemap.analysis.flood import Passable, flood
from pipemap.analysis.shutoff import Part, ShutoffPlan
from pipemap.analysis.steps import valve_element
from pipemap.analysis.valves import NODE
from pipemap.catalog.kinds import ONE_WAY_PIPES, PipeKind
from pipemap.model.lookup import Element

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network

POLYETHYLENE = "PE"


@dataclass(frozen=True, slots=True)
class SqueezeLimits:
    """When and where a pipe is squeezed. All of these are our own figures: no standard that we have read gives them.

    Attributes
    ----------
    near
        Metres along the pipes from a place to a valve that is near enough to be closed instead.
    largest
        Metres: diameter up to which a pipe can be squeezed.
    clear
        Metres that a squeeze keeps from the end of a pipe, where joints and fittings are.
    """

    near: float = 100.0
    largest: float = 0.25
    clear: float = 1.0


@dataclass(frozen=True, slots=True)
class Squeeze:
    """A place to squeeze: ``station`` metres along a pipe (row) from the node ``node`` (row), which is inside.

    ``away`` is the way from the break, in metres; ``valve`` that from the node to the nearest valve, infinite without one.
    """

    pipe: int
    node: int
    station: float
    diameter: float
    away: float
    valve: float


@dataclass(frozen=True, eq=False)
class SqueezePlan:
    """A plan with squeeze-off points instead of valves that are far off.

    Attributes
    ----------
    squeezes
        Nearest to the break first.
    close_valves
        Numbers of the plan's valves that must be closed all the same.
    contained, lost
        What is without gas between squeezes and valves, squeezed pipes among it; what is cut off beyond.
    """

    plan: ShutoffPlan
    limits: SqueezeLimits
    squeezes: tuple[Squeeze, ...]
    close_valves: NDArray[np.int64]
    contained: Part

    @property
    def close(self) -> tuple[str, ...]:
        """Ids of the valves that must be closed all the same."""
        return self.plan.cells.valves.ids(self.close_valves)

    @cached_property
    def lost(self) -> Part:
        """What was fed before, and is not once this part is taken out; looked for through the whole network."""
        network, cells = self.plan.network, self.plan.cells
        if not self.plan.supply_known:
            return Part(network, *(np.empty(0, dtype=np.int64) for _each in range(2)))
        node, pipe = np.zeros(network.node_count, dtype=np.bool_), np.zeros(network.pipe_count, dtype=np.bool_)
        node[self.contained.node_rows] = pipe[self.contained.pipe_rows] = True
        before = cells.supplied[cells.node] & (cells.node != NOWHERE), cells.supplied[cells.pipe] & (cells.pipe != NOWHERE)
        closed, shut = _shut(self.plan, self.close_valves)
        passable = ~node & ~closed & ~network.closed_nodes & network.in_use_nodes, ~pipe & ~shut & ~network.closed_pipes
        after = _fed(network, *passable)
        gone = [was & ~now & ~mine for was, now, mine in zip(before, after, (node, pipe), strict=True)]
        gone[0][closed], gone[1][shut] = False, False
        return Part(network, *(np.flatnonzero(rows) for rows in gone))


def _fed(network: Network, node: NDArray[np.bool_], pipe: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """What sources feed through some nodes and pipes: bool (N), bool (P)."""
    found = np.zeros(network.node_count, dtype=np.bool_), np.zeros(network.pipe_count, dtype=np.bool_)
    starts = [Element("node", int(row)) for row in network.sources if node[row]]
    if starts:
        direction = network.pipe_kind.is_in(*ONE_WAY_PIPES).astype(np.int8)
        come = flood(network, Passable(node, pipe & network.in_use_pipes, direction), starts)
        found[0][come.node_rows] = found[1][come.pipe_rows] = True
    return found


def _shut(plan: ShutoffPlan, valves: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """bool (N), bool (P): the nodes, and the pipes, that some valves shut as a whole."""
    network, held = plan.network, plan.cells.valves
    node, pipe = np.zeros(network.node_count, dtype=np.bool_), np.zeros(network.pipe_count, dtype=np.bool_)
    own = plan.cells.valve_cells[valves] >= 0
    at_node = held.origin[valves] == NODE
    node[held.row[valves[at_node & own]]] = True
    pipe[held.row[valves[~at_node]]] = True
    arms = network.node_arm[held.row[valves[at_node & ~own]]]
    pipe[arms[arms >= 0]] = True
    return node, pipe


def plan_squeeze(plan: ShutoffPlan, limits: SqueezeLimits = SqueezeLimits()) -> SqueezePlan | None:
    """Return the plan with squeeze-off points, where they help; None for what is no gas or where no pipe can be squeezed.

    From the break along the zone: the first pipe of polyethylene, no larger than may be squeezed and long enough to keep clear
    of both ends, ends the way there, unless a valve of the plan lies near. The broken pipe itself is not squeezed: where on it
    the break is, nobody said.
    """
    if not plan.closes_everything or plan.is_heating or len(plan.source_rows):
        return None
    return _Search(plan, limits).found()


class _Search:
    """From the break outwards through the zone, pipe by pipe, shortest way first."""

    def __init__(self, plan: ShutoffPlan, limits: SqueezeLimits) -> None:
        self._plan, self._limits, self._network = plan, limits, plan.network
        inside, cells = plan.zone.inside, plan.cells
        self._pipes = set(np.flatnonzero((cells.pipe != NOWHERE) & inside[cells.pipe]).tolist())
        self._border = self._borders()
        self._to_valve = self._spread({node: min(valves.values()) for node, valves in self._border.items()})

    def found(self) -> SqueezePlan | None:
        """Search, and gather what lies inside."""
        broken = self._plan.request.broken
        begin = {int(node): 0.0 for one in broken for node in self._nodes(one)}
        reached, squeezed = self._outwards(begin, {one.row for one in broken if one.layer == "pipe"})
        squeezes = tuple(
            sorted(
                (one for one in squeezed.values() if not set(self._network.pipe_ends[one.pipe].tolist()) <= reached.keys()),
                key=lambda one: (one.away, one.pipe),
            )
        )
        if not squeezes:
            return None
        border = sorted({valve for node in reached for valve in self._border.get(node, ())})
        wanted = np.array(border, dtype=np.int64)
        nodes = np.array(sorted(reached), dtype=np.int64)
        pipes = {row for node in reached for row in self._at(node)} | {one.row for one in broken if one.layer == "pipe"}
        contained = Part(self._network, nodes, np.array(sorted(pipes), dtype=np.int64))
        return SqueezePlan(self._plan, self._limits, squeezes, wanted[np.isin(wanted, self._plan.close_valves)], contained)

    def _nodes(self, one: Element) -> list[int]:
        return [one.row] if one.layer == "node" else self._network.pipe_ends[one.row].tolist()

    def _at(self, node: int) -> list[int]:
        pipes = self._network.edge[self._network.indptr[node] : self._network.indptr[node + 1]].tolist()
        return [pipe for pipe in pipes if pipe in self._pipes]

    def _borders(self) -> dict[int, dict[int, float]]:
        """The valves around the zone by the nodes of the zone next to them, with the metres of pipe between the two."""
        cells, network, found = self._plan.cells, self._network, dict[int, dict[int, float]]()
        for at in np.flatnonzero(np.isin(cells.valve, self._plan.zone.border)).tolist():
            valve, pipe = int(cells.valve[at]), int(cells.of_pipe[at])
            place = valve_element(cells.valves, valve)
            for node in network.pipe_ends[pipe].tolist():
                if self._plan.zone.inside[cells.node[node]]:
                    apart = place.layer == "node" and place.row != node
                    found.setdefault(node, {})[valve] = float(network.weight[pipe]) if apart else 0.0
        return found

    def _spread(self, begin: dict[int, float]) -> dict[int, float]:
        """Metres from the nearest of some nodes to every node of the zone."""
        best: dict[int, float] = {}
        queue = [(metres, node) for node, metres in begin.items()]
        heapq.heapify(queue)
        while queue:
            metres, node = heapq.heappop(queue)
            if node in best:
                continue
            best[node] = metres
            for pipe in self._at(node):
                for other in self._network.pipe_ends[pipe].tolist():
                    if other not in best:
                        heapq.heappush(queue, (metres + float(self._network.weight[pipe]), other))
        return best

    def _outwards(self, begin: dict[int, float], broken: set[int]) -> tuple[dict[int, float], dict[tuple[int, int], Squeeze]]:
        """Nodes that stay without gas, with their way from the break, and the pipes that are squeezed on the way."""
        reached: dict[int, float] = {}
        squeezed: dict[tuple[int, int], Squeeze] = {}
        queue = [(metres, node) for node, metres in begin.items()]
        heapq.heapify(queue)
        inside = self._plan.zone.inside
        while queue:
            metres, node = heapq.heappop(queue)
            if node in reached or not inside[self._plan.cells.node[node]]:
                continue
            reached[node] = metres
            for pipe in self._at(node):
                if pipe not in broken and (one := self._squeeze(pipe, node, metres)) is not None:
                    squeezed[pipe, node] = one
                    continue
                for other in self._network.pipe_ends[pipe].tolist():
                    if other not in reached:
                        heapq.heappush(queue, (metres + float(self._network.weight[pipe]), other))
        return reached, squeezed

    def _squeeze(self, pipe: int, node: int, away: float) -> Squeeze | None:
        """The squeeze on a pipe that leaves a node so far from the break; None where it is none, or a valve is near."""
        network, limits = self._network, self._limits
        valve, length = self._to_valve.get(node, np.inf), float(network.weight[pipe])
        if valve <= limits.near or length < 2 * limits.clear or not self._can_be_squeezed(pipe):
            return None
        return Squeeze(pipe, node, limits.clear, float(network.width[pipe]), away + limits.clear, valve)

    def _can_be_squeezed(self, pipe: int) -> bool:
        network = self._network
        made_of, size = catalog.material(network.pipe_material[pipe]), float(network.width[pipe])
        plain = (network.pipe_kind[pipe] or PipeKind.PIPE) in (PipeKind.PIPE, PipeKind.SERVICE)
        first, second = network.pipe_ends[pipe].tolist()
        # A size that nobody recorded may be too large: such a pipe is not squeezed.
        return made_of is not None and made_of.code == POLYETHYLENE and size <= self._limits.largest and plain and first != second
