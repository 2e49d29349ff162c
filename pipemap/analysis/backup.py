"""What follows when a valve of a plan does not turn (扩大关阀)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipemap.analysis.shutoff import ShutoffPlan, solve
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, eq=False)
class Backup:
    """The plan for when one valve does not turn; its zone contains that of the plan."""

    valve: int
    plan: ShutoffPlan


def backups(plan: ShutoffPlan, *, progress: Progress = SILENT) -> tuple[Backup, ...]:
    """Return, for each valve to close, the plan without it."""
    made = []
    for place, valve in enumerate(plan.close_valves.tolist()):
        progress(place, len(plan.close_valves), _("Planning for valves that do not turn"))
        made.append(Backup(valve, without(plan, [valve])))
    return tuple(made)


def without(plan: ShutoffPlan, valves: Iterable[int]) -> ShutoffPlan:
    """Return the plan when some more valves do not turn."""
    return solve(plan.cells, replace(plan.request, stuck=plan.request.stuck | frozenset(valves)))
