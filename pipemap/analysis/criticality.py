"""What the shut-off of each segment costs, and which valves matter most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.alternatives import cost
from pipemap.analysis.cells import Cells, cells_of
from pipemap.analysis.segments import can_be_shut
from pipemap.analysis.shutoff import ShutoffPlan, solve
from pipemap.analysis.zone import Request
from pipemap.model.lookup import Element
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network

_KNOWN = "criticality"
_EXACT = 5
"""Valves worked out in full for each one that is asked for, by the estimate."""


@dataclass(frozen=True, eq=False)
class Criticality:
    """What a break costs, unit by unit: a unit is what is shut off together as the devices are recorded.

    Attributes
    ----------
    unit_of_pipe
        int64 (P): unit of each pipe, −1 for what no valve can shut off.
    contained, lost
        float64 (units, 2): customers and metres of pipe inside each unit; and beyond it, fed before and not when it is shut.
    """

    unit_of_pipe: NDArray[np.int64]
    contained: NDArray[np.float64]
    lost: NDArray[np.float64]

    @property
    def total(self) -> NDArray[np.float64]:
        """float64 (units, 2): customers, and metres of pipe, without supply when the unit is shut."""
        return self.contained + self.lost

    def of_pipes(self) -> NDArray[np.float64]:
        """float64 (P, 2): customers, and metres, without supply when each pipe breaks; NaN for what no valve can shut off."""
        there = self.unit_of_pipe >= 0
        found = np.full((len(self.unit_of_pipe), 2), np.nan)
        found[there] = self.total[self.unit_of_pipe[there]]
        return found


def criticality_of(network: Network) -> Criticality:
    """Return what the break of each pipe costs, of the whole network in time linear in its size.

    Devices stand as recorded: valves that cannot be operated, house valves, and every device that is no valve join their two
    sides into one unit, whichever way water may go. What lies beyond is found by the articulation points of the units. Of one
    network it is found once.
    """
    if (known := known_criticality(network)) is None:
        known = network.worked_out[_KNOWN] = _found(network)
    return known


def known_criticality(network: Network) -> Criticality | None:
    """Return what breaks cost where it was worked out already."""
    found: Criticality | None = network.worked_out.get(_KNOWN)
    return found


def _found(network: Network) -> Criticality:
    cells = cells_of(network)
    unit, count = _units(cells)
    weights = _weights(cells, unit, count)
    fed = np.unique(unit[cells.node[network.sources]])
    lost = _beyond(_edges(cells, unit), count, fed, weights)
    pipes = np.full(network.pipe_count, -1, dtype=np.int64)
    used = (cells.pipe >= 0) & can_be_shut(network)
    pipes[used] = unit[cells.pipe[used]]
    return Criticality(pipes, weights, lost)


def _units(cells: Cells) -> tuple[NDArray[np.int64], int]:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    valves = cells.valves
    holds = np.append(~(valves.stuck & ~valves.closed) & (~valves.house | valves.closed), False)
    joined = ~holds[cells.valve] & ~cells.wall
    first, second = cells.ends[joined].T
    matrix = coo_array((np.ones(len(first), dtype=np.int8), (first, second)), shape=(cells.count, cells.count))
    count, label = connected_components(matrix, directed=False) if cells.count else (0, np.empty(0))
    return label.astype(np.int64), int(count)


def _edges(cells: Cells, unit: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64 (K, 2): units joined by something open."""
    ends = unit[cells.ends[~cells.wall & ~cells.closed_passage()]]
    found: NDArray[np.int64] = ends[ends[:, 0] != ends[:, 1]]
    return found


def _weights(cells: Cells, unit: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """Customers and metres of each unit."""
    network = cells.network
    used = (cells.pipe >= 0) & can_be_shut(network)
    metres = np.bincount(unit[cells.pipe[used]], weights=network.weight[used], minlength=count)
    customers = network.customers
    place = np.full(len(customers), -1, dtype=np.int64)
    for cell, rows in ((cells.node, customers.node), (cells.pipe, customers.pipe)):
        tied = (place < 0) & (rows >= 0)
        tied[tied] = cell[rows[tied]] >= 0
        place[tied] = unit[cell[rows[tied]]]
    found: NDArray[np.float64] = np.column_stack([np.bincount(place[place >= 0], minlength=count), metres]).astype(np.float64)
    return found


def _beyond(edges: NDArray[np.int64], count: int, fed: NDArray[np.int64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """What each unit alone keeps fed: the weights of those branches of the depth-first tree that reach nothing above it."""
    lost = np.zeros_like(weights)
    if not count or not len(fed):
        return lost
    root = count
    edges = np.concatenate([edges, np.column_stack([np.full(len(fed), root), fed])])
    both = np.concatenate([edges, edges[:, ::-1]])
    order = np.argsort(both[:, 0], kind="stable")
    heads = both[order, 1].tolist()
    starts = np.searchsorted(both[order, 0], np.arange(count + 2)).tolist()
    entered, parents, low = _depth_first(heads, starts, root)
    below = np.vstack([weights, np.zeros((1, weights.shape[1]))])
    for node in reversed(entered[1:]):
        parent = parents[node]
        below[parent] += below[node]
        if parent != root and low[node][1] >= low[parent][0]:
            lost[parent] += below[node]
    return lost


def _depth_first(heads: Sequence[int], starts: Sequence[int], root: int) -> tuple[list[int], list[int], list[list[int]]]:
    """Nodes as they are entered, the parent of each, and (its number, the lowest number that its part of the tree reaches)."""
    parents = [-1] * (root + 1)
    low: list[list[int]] = [[-1, -1] for _node in range(root + 1)]
    nexts = list(starts)
    entered = [root]
    low[root] = [0, 0]
    path = [root]
    while path:
        node = path[-1]
        if nexts[node] < starts[node + 1]:
            head = heads[nexts[node]]
            nexts[node] += 1
            if low[head][0] < 0:
                parents[head] = node
                low[head] = [len(entered), len(entered)]
                entered.append(head)
                path.append(head)
            elif head != parents[node]:
                low[node][1] = min(low[node][1], low[head][0])
        else:
            path.pop()
            if path:
                low[path[-1]][1] = min(low[path[-1]][1], low[node][1])
    return entered, parents, low


@dataclass(frozen=True, eq=False)
class CriticalValve:
    """A valve, and how much worse the worse of its two sides becomes when it does not turn."""

    valve: int
    plan: ShutoffPlan
    failed: ShutoffPlan

    @property
    def customers(self) -> int:
        """Customers more without supply."""
        return cost(self.failed)[1] - cost(self.plan)[1]

    @property
    def metres(self) -> float:
        """Metres of pipe more without supply."""
        return cost(self.failed)[2] - cost(self.plan)[2]


def critical_valves(network: Network, *, most: int = 20, progress: Progress = SILENT) -> tuple[CriticalValve, ...]:
    """Return the valves whose failure costs most: those to exercise first.

    Estimated for every valve by what its two sides cost when each is shut; the best of the estimate are worked out in full, for a
    break on the side that is cheaper to shut.
    """
    cells = cells_of(network)
    found = criticality_of(network)
    unit, _count = _units(cells)
    valves = cells.valves
    sides = _sides(cells)
    usable = [valve for valve in sides if not (valves.stuck[valve] or valves.closed[valve] or valves.house[valve])]
    estimate = {valve: _growth(found, unit, sides[valve]) for valve in usable}
    ranked = sorted(usable, key=lambda valve: (*(-part for part in estimate[valve]), valve))[: most * _EXACT]
    worked = []
    for place, valve in enumerate(ranked):
        progress(place, len(ranked), _("Weighing valves"))
        if (one := _exact(cells, found, unit, valve, sides[valve])) is not None:
            worked.append(one)
    worked.sort(key=lambda one: (-one.customers, -one.metres, one.valve))
    return tuple(worked[:most])


def _sides(cells: Cells) -> dict[int, list[int]]:
    """A pipe on each side of every valve."""
    own = cells.valve_cells
    found: dict[int, list[int]] = {}
    at = np.flatnonzero(cells.valve >= 0)
    for valve, pipe, (node_cell, pipe_cell) in zip(
        cells.valve[at].tolist(), cells.of_pipe[at].tolist(), cells.ends[at].tolist(), strict=True
    ):
        cell = pipe_cell if own[valve] < 0 or pipe_cell != own[valve] else node_cell
        found.setdefault(valve, []).append(cell)
        if own[valve] < 0:
            found[valve].append(node_cell)
        del pipe
    return {valve: sorted(set(cells_)) for valve, cells_ in found.items() if len(set(cells_)) > 1}


def _growth(found: Criticality, unit: NDArray[np.int64], sides: Sequence[int]) -> tuple[float, float]:
    """How many customers and metres more are without supply, at most as far as each side by itself tells."""
    first, second = (found.total[unit[cell]] for cell in sides[:2])
    less = np.minimum(first, second) if tuple(first) > tuple(second) else np.minimum(second, first)
    both = (
        found.contained[unit[sides[0]]]
        + found.contained[unit[sides[1]]]
        + np.maximum(*(found.lost[unit[cell]] for cell in sides[:2]))
    )
    grown = both - less
    return float(grown[0]), float(grown[1])


def _exact(cells: Cells, found: Criticality, unit: NDArray[np.int64], valve: int, sides: Sequence[int]) -> CriticalValve | None:
    cheaper = min(sides[:2], key=lambda cell: tuple(found.total[unit[cell]].tolist()))
    element = _element_in(cells, cheaper)
    if element is None:
        return None
    plan = solve(cells, Request((element,)))
    return CriticalValve(valve, plan, solve(cells, Request((element,), stuck=frozenset({valve}))))


def _element_in(cells: Cells, cell: int) -> Element | None:
    nodes = np.flatnonzero(cells.node == cell)
    if len(nodes):
        return Element("node", int(nodes[0]))
    pipes = np.flatnonzero(cells.pipe == cell)
    return Element("pipe", int(pipes[0])) if len(pipes) else None
