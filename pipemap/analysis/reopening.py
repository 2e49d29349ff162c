"""Closed valves that would feed again some of those whom a plan cuts off (临时启用常闭阀)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.shutoff import Part, ShutoffPlan, natural
from pipemap.catalog import category

if TYPE_CHECKING:
    from numpy.typing import NDArray

WATER = "water"
_MOST = 20


@dataclass(frozen=True, eq=False)
class Reopening:
    """A closed valve, and what opening it would feed again. Always only after a hydraulic and a quality check."""

    valve: int
    restored: Part


def reopenings(plan: ShutoffPlan) -> tuple[Reopening, ...]:
    """Return the closed, sound valves between what is lost and what is supplied, those that restore most first.

    Only of water, and only within one sub-category, pressure zone and metered area as far as those are recorded.
    """
    cells, network = plan.cells, plan.network
    if not plan.lost.node_rows.size or not plan.supply_known:
        return ()
    valves = cells.valves
    lost = np.zeros(cells.count, dtype=np.bool_)
    lost[cells.node[plan.lost.node_rows]] = True
    lost[cells.pipe[plan.lost.pipe_rows]] = True
    stuck = valves.stuck.copy()
    stuck[list(plan.request.stuck)] = True
    sound = plan.zone.holds_closed & ~stuck
    found = []
    for valve, ends in _beside(plan, np.flatnonzero(sound)):
        dark, bright = [row for row in ends if lost[cells.node[row]]], [row for row in ends if plan.supplied[cells.node[row]]]
        if dark and bright and _belong_together(plan, valve, dark[0], bright[0]):
            water = cells.water_passes(plan.request.opened | {valve}, plan.request.opened_pipes)
            fed = cells.spread(cells.node[bright], water) & lost
            nodes, pipes = plan.lost.node_rows, plan.lost.pipe_rows
            restored = Part(network, nodes[fed[cells.node[nodes]]], pipes[fed[cells.pipe[pipes]]])
            if len(restored):
                found.append(Reopening(valve, restored))
    found.sort(key=lambda one: (-one.restored.customers.count, -one.restored.length, natural(valves.id(one.valve))))
    return tuple(found[:_MOST])


def _beside(plan: ShutoffPlan, chosen: NDArray[np.int64]) -> list[tuple[int, list[int]]]:
    """Nodes next to each of some valves: the far ends of the pipes beside one that is a node, the two ends of any other pipe."""
    cells, network = plan.cells, plan.network
    own = cells.valve_cells
    found: dict[int, set[int]] = {int(valve): set() for valve in chosen}
    at = np.flatnonzero(np.isin(cells.valve, chosen))
    for valve, pipe in zip(cells.valve[at].tolist(), cells.of_pipe[at].tolist(), strict=True):
        found[valve] |= {node for node in network.pipe_ends[pipe].tolist() if own[valve] < 0 or cells.node[node] != own[valve]}
    return [(valve, sorted(nodes)) for valve, nodes in found.items()]


def _belong_together(plan: ShutoffPlan, valve: int, dark: int, bright: int) -> bool:
    network, cells = plan.network, plan.cells
    pipes = cells.of_pipe[cells.valve == valve]
    codes = {code for code in (network.pipe_category[int(pipe)] for pipe in pipes) if code}
    if any((known := category(code)) is not None and known.carries != WATER for code in codes) or len(codes) > 1:
        return False
    for name in ("zone", "metered_area"):
        column = network.column("node", name)
        here, there = column[dark].as_py(), column[bright].as_py()
        if here and there and here != there:
            return False
    return True
