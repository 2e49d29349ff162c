"""Other ways to shut off the same break: with the fewest valves, and how far the answer holds when valves fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.backup import Backup, backups, without
from pipemap.analysis.cells import Cells
from pipemap.analysis.shutoff import ShutoffPlan, solve
from pipemap.analysis.zone import Zone
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_PAIRS = 200
"""Pairs of valves that are tried for the bound of two failures; with more the bound is not worked out."""


def fewest_valves(plan: ShutoffPlan, *, effort: Mapping[int, int] | None = None) -> ShutoffPlan | None:
    """Return the plan that closes the least valves, by a true minimum cut between the break and every source.

    Parameters
    ----------
    effort
        Effort of closing a valve, by its number: 1 for those that are not in it. A valve that does not turn is never chosen.

    Returns
    -------
    ShutoffPlan
        Of several cuts of the same effort the one with the smallest zone. None where no valves can part the break from the
        sources, or where nothing is known to feed it.
    """
    cells, zone = plan.cells, plan.zone
    if not plan.supply_known or plan.closes_everything:
        return None
    open_ = ~zone.holds_closed
    cut = _minimum_cut(cells, plan, _efforts(zone, effort or {}))
    if cut is None:
        return None
    kept = np.flatnonzero(open_ & ~np.isin(np.arange(len(open_)), cut))
    found = solve(cells, replace(plan.request, stuck=plan.request.stuck | frozenset(kept.tolist())))
    why = {id_: reason for id_, reason in found.why.items() if reason != "inoperable"} | {
        id_: reason for id_, reason in plan.why.items() if reason == "inoperable"
    }
    return replace(found, request=plan.request, why=why)


def _efforts(zone: Zone, effort: Mapping[int, int]) -> NDArray[np.int32]:
    """int32 (passages): what cutting each costs; −1 where nothing passes, the greatest number where nothing can be shut."""
    cells = zone.cells
    valves = cells.valves
    never = np.iinfo(np.int32).max // 4
    costs = np.full(len(valves) + 1, 1, dtype=np.int32)
    costs[list(effort)] = list(effort.values())
    stuck = valves.stuck.copy()
    stuck[list(zone.request.stuck)] = True
    stuck[[number for one in zone.request.broken if (number := int(valves.places(one.layer)[one.row])) >= 0]] = True
    costs[:-1][stuck | valves.house] = never
    costs[:-1][zone.holds_closed] = -1
    costs[-1] = never
    found = costs[cells.valve]
    found[cells.wall & ~np.isin(cells.of_pipe, list(zone.request.opened_pipes))] = -1
    return found


def _minimum_cut(cells: Cells, plan: ShutoffPlan, efforts: NDArray[np.int32]) -> NDArray[np.int64] | None:
    """Numbers of the valves of the cut nearest to the break; None where it would have to cut what cannot be shut."""
    from scipy.sparse import coo_array, csr_array
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    never = np.iinfo(np.int32).max // 4
    source, sink = cells.count, cells.count + 1
    fed = np.unique(cells.node[plan.network.sources])
    broken = np.unique([(cells.pipe if one.layer == "pipe" else cells.node)[one.row] for one in plan.request.broken])
    if np.isin(fed, broken).any():
        return None
    flows = cells.flows | (cells.checked & (not plan.request.trust_check_valves))[:, None]
    ways = flows & (efforts >= 0)[:, None]
    tails = np.concatenate([cells.tail[ways.reshape(-1)], np.full(len(fed), source), broken])
    heads = np.concatenate([cells.head[ways.reshape(-1)], fed, np.full(len(broken), sink)])
    costs = np.concatenate([np.repeat(efforts, 2)[ways.reshape(-1)], np.full(len(fed) + len(broken), never)])
    shape = (sink + 1, sink + 1)
    # Passages side by side are one with the sum of their efforts, which must stay below what cannot be shut.
    summed = csr_array(coo_array((costs.astype(np.int64), (tails, heads)), shape=shape))
    capacity = csr_array((np.minimum(summed.data, never).astype(np.int32), summed.indices, summed.indptr), shape=shape)
    flow = maximum_flow(capacity, source, sink)
    if flow.flow_value >= never:
        return None
    left = csr_array((capacity - flow.flow).T > 0)  # who can still be sent something from whom, seen from the sink
    near = np.zeros(sink + 1, dtype=np.bool_)
    near[breadth_first_order(left, sink, return_predecessors=False)] = True
    sides = near[cells.ends]
    crossing = (sides[:, 0] != sides[:, 1]) & (cells.valve >= 0) & (efforts >= 0)
    return np.unique(cells.valve[crossing])


@dataclass(frozen=True, eq=False)
class Bounds:
    """How much worse a plan may become.

    Attributes
    ----------
    one
        The worst plan when one valve to close does not turn; the plan itself where there is none to close.
    two
        The worst when two do not; None where there are too many pairs to try.
    worth_checking
        Numbers of the valves to close whose state or condition is not recorded, those first whose failure would be worst.
    """

    one: ShutoffPlan
    two: ShutoffPlan | None
    worth_checking: tuple[int, ...]


def bounds(plan: ShutoffPlan, *, progress: Progress = SILENT) -> Bounds:
    """Work out the bounds of a plan for one and for two valves that fail."""
    single = backups(plan, progress=progress)
    worst = max((one.plan for one in single), key=cost, default=plan)
    ranked = sorted(single, key=lambda one: cost(one.plan), reverse=True)
    unsure = plan.cells.valves.unknown | plan.cells.valves.untried
    return Bounds(worst, _worst_pair(plan, single, progress), tuple(one.valve for one in ranked if unsure[one.valve]))


def _worst_pair(plan: ShutoffPlan, single: tuple[Backup, ...], progress: Progress) -> ShutoffPlan | None:
    """The worst of two failures: of two valves of the plan, or of one of them and one of its backup."""
    pairs = {frozenset(pair) for pair in combinations(plan.close_valves.tolist(), 2)}
    pairs |= {frozenset((one.valve, other)) for one in single for other in one.plan.close_valves.tolist()}
    pairs = {pair for pair in pairs if len(pair) > 1}
    if len(pairs) > _MOST_PAIRS:
        return None
    worst = max((one.plan for one in single), key=cost, default=plan)
    for place, pair in enumerate(sorted(pairs, key=sorted)):
        progress(place, len(pairs), _("Planning for valves that do not turn"))
        worst = max(worst, without(plan, pair), key=cost)
    return worst


def cost(plan: ShutoffPlan) -> tuple[int, int, float]:
    """Return what a plan costs, to compare plans: sources inside the zone, customers without supply, metres without supply."""
    customers = plan.contained.customers.count + plan.lost.customers.count
    return len(plan.source_rows), customers, plan.contained.length + plan.lost.length
