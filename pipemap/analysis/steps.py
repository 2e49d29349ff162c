"""What a shut-off plan asks of each valve, in the order of going about it, with what a person at the valve must know."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pipemap.analysis.cells import cells_of
from pipemap.analysis.valves import LAYER, LINK
from pipemap.model.fields import Layer
from pipemap.model.lookup import Element
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.analysis.shutoff import ShutoffPlan
    from pipemap.analysis.valves import Valves
    from pipemap.model.network import Network

Task = Literal["close", "already_closed", "not_needed", "reopen"]

_SURE = {"close": 0, "close-all": 0, "close-station": 0, "close-unknown": 1, "close-possible": 1, "close-unsure": 2}


@dataclass(frozen=True, slots=True)
class Step:
    """One valve of a plan.

    Attributes
    ----------
    valve
        Its number in ``plan.cells.valves``.
    key
        Names the valve without doubt, also in a later snapshot of the survey; :func:`plan_shutoff` takes it.
    element
        Where it is on the map.
    road, state, turns, turn_direction
        As recorded; blank, and NaN, where they are not.
    size
        Metres: its own, else of the largest pipe it stands on; NaN where neither is known.
    reason
        Name of the reason (of ``REASONS``) for which it is in the plan.
    """

    task: Task
    valve: int
    key: str
    id: str
    element: Element
    road: str
    size: float
    state: str
    turns: float
    turn_direction: str
    reason: str


SHOWN: tuple[tuple[Layer, str], ...] = (
    *(("node", name) for name in ("road", "size_mm", "turns", "turn_direction", "zone", "metered_area")),
    ("pipe", "road"),
)
"""Columns that plans read beside those that a network holds."""


def prepare(network: Network, *, progress: Progress = SILENT) -> None:
    """Find the cells of a network and read what plans show, so that every plan after it is quick."""
    cells_of(network).supplied  # noqa: B018 -- remembered
    progress(1, len(SHOWN) + 1, _("Reading what plans show"))
    for place, (layer, name) in enumerate(SHOWN, start=2):
        network.column(layer, name)
        progress(place, len(SHOWN) + 1)
    network.customers  # noqa: B018 -- remembered


def steps_of(plan: ShutoffPlan) -> tuple[Step, ...]:
    """Return the valves to close, those to verify and those not needed.

    Those that surely part the break from a source come first, those of a heating supply before its return; of gas those from
    beyond which it comes before those that only keep in what stands there; else by id.
    """
    fed = dict(zip(plan.close_valves.tolist(), plan.zone.fed_from_beyond(plan.close_valves, plan.supplied).tolist(), strict=True))
    order = sorted(plan.close_valves.tolist(), key=lambda valve: (*_rank(plan, valve), not fed[valve]))
    groups: tuple[tuple[Task, list[int]], ...] = (
        ("close", order),
        ("already_closed", plan.already_closed_valves.tolist()),
        ("not_needed", plan.not_needed_valves.tolist()),
    )
    return tuple(step(plan, valve, task) for task, valves in groups for valve in valves)


def step(plan: ShutoffPlan, valve: int, task: Task) -> Step:
    """Return what a person must know of one valve."""
    valves, network = plan.cells.valves, plan.network
    row = int(valves.row[valve])
    element = valve_element(valves, valve)
    held: Layer = "node" if element.layer == "node" and valves.origin[valve] != LAYER else "pipe"
    return Step(
        task,
        valve,
        valve_key(valves, valve),
        valves.id(valve),
        element,
        road=_word(network, held, "road", row) or _road_beside(plan, valve),
        size=_size(plan, valve),
        state="closed" if valves.closed[valve] else "" if valves.unknown[valve] else "open",
        turns=_number(network, "turns", element.row) if held == "node" else math.nan,
        turn_direction=_word(network, "node", "turn_direction", element.row) if held == "node" else "",
        reason=plan.why.get(valves.id(valve), ""),
    )


def valve_element(valves: Valves, valve: int) -> Element:
    """Return the node or the link that a valve is; of one of a valve layer, the node beside it."""
    row = int(valves.row[valve])
    if valves.origin[valve] == LINK:
        return Element("pipe", row)
    if valves.origin[valve] == LAYER:
        row = int(valves.network.pipe_ends[row, valves.end[valve]])
    return Element("node", row)


def valve_key(valves: Valves, valve: int) -> str:
    """Return a name of a valve that is never ambiguous, and the same after a change of the survey."""
    network, row = valves.network, int(valves.row[valve])
    if valves.origin[valve] == LAYER:
        return valves.id(valve)
    return f"pipe:#{network.pipe_fid[row]}" if valves.origin[valve] == LINK else f"node:#{network.node_fid[row]}"


def _rank(plan: ShutoffPlan, valve: int) -> tuple[int, int]:
    circuits = {plan.network.pipe_circuit[row] for row in _pipes(plan, valve)}
    return int("return" in circuits), _SURE.get(plan.why.get(plan.cells.valves.id(valve), ""), 0)


def _pipes(plan: ShutoffPlan, valve: int) -> list[int]:
    rows: list[int] = np.unique(plan.cells.of_pipe[plan.cells.valve == valve]).tolist()
    return rows


def _size(plan: ShutoffPlan, valve: int) -> float:
    element = valve_element(plan.cells.valves, valve)
    own = _number(plan.network, "size_mm", element.row) / 1000 if element.layer == "node" else math.nan
    if math.isfinite(own) and plan.cells.valves.origin[valve] != LAYER:
        return own
    widths = plan.network.width[_pipes(plan, valve)]
    return float(np.nanmax(widths)) if np.isfinite(widths).any() else math.nan


def _road_beside(plan: ShutoffPlan, valve: int) -> str:
    words = (_word(plan.network, "pipe", "road", row) for row in _pipes(plan, valve))
    return next((word for word in words if word), "")


def _word(network: Network, layer: Layer, name: str, row: int) -> str:
    return str(network.column(layer, name)[row].as_py() or "")


def _number(network: Network, name: str, row: int) -> float:
    value = network.column("node", name)[row].as_py()
    return math.nan if value is None else float(value)
