"""Computing a survey with the engines of EPANET and SWMM: written as a model, run beside us, read back onto the network."""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipemap.analysis.affected import Affected, Customer, customers_by_need
from pipemap.analysis.hydraulics import (
    SERVICE_PRESSURE,
    Found,
    Hydraulics,
    customers_of,
    hydraulics,
    reversed_pipes,
)
from pipemap.analysis.valves import LINK, NODE
from pipemap.formats.inp.engine import SimulationError
from pipemap.jobs.demands import with_demands
from pipemap.model.columns import rows_if_there
from pipemap.model.problem import Problem
from pipemap.model.simulation import Simulation
from pipemap.progress import SILENT, Progress
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipemap.analysis.shutoff import ShutoffPlan
    from pipemap.formats.epanet.engine import WaterRun
    from pipemap.model.extract import Extract
    from pipemap.model.fields import Layer
    from pipemap.model.network import Network
    from pipemap.store import Survey

    Rows = NDArray[np.int64]

SERVICE_PRESSURE_SETTING = "service_pressure_m"
"""Setting of a survey: metres of water that a customer should have."""
MOST_HOURS = 24.0 * 365
_OPEN = "open"
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Conditions:
    """How a network is computed.

    Attributes
    ----------
    hours
        Duration; None: what a kept model says, else one moment.
    service_pressure
        Metres of water; None: what the survey says, else our default.
    pressure_driven
        Who has less than the service pressure gets less water; else everyone gets what they ask for, whatever comes of it.
    """

    hours: float | None = None
    service_pressure: float | None = None
    pressure_driven: bool = True


@dataclass(frozen=True, eq=False)
class WaterAnswer:
    """A water network computed, and again with a shut-off plan where one was given.

    Attributes
    ----------
    before
        As the network stands.
    after, plan
        With the valves of the plan closed and what it contains taken out; None without a plan.
    """

    before: Hydraulics
    after: Hydraulics | None = None
    plan: ShutoffPlan | None = None

    @property
    def shown(self) -> Hydraulics:
        """The run that is spoken of: with the plan, where there is one."""
        return self.after or self.before

    @property
    def assumed(self) -> tuple[Problem, ...]:
        """What had to be supplied for the network as it stands; what a plan takes out is no lack of the survey."""
        return self.before.run.assumed

    @cached_property
    def falls_below(self) -> Found:
        """Nodes outside what the plan cuts off that fall below the service pressure, and did not before."""
        if self.after is None or self.plan is None:
            return self.before.low
        valves, border = self.plan.cells.valves, self.plan.zone.border
        at_nodes = valves.row[border[valves.origin[border] == NODE]]
        cut = np.concatenate([self.plan.contained.node_rows, self.plan.lost.node_rows, at_nodes])
        return self.after.low.without(np.concatenate([self.before.low.rows, cut]))

    @cached_property
    def customers(self) -> Affected:
        """Who hangs on the nodes of ``falls_below``."""
        return customers_of(self.shown.run, self.falls_below.rows)

    @cached_property
    def people(self) -> tuple[Customer, ...]:
        """The same one by one, those who need supply most first."""
        return customers_by_need(self.shown.run.network, self.customers.rows)

    @cached_property
    def reversed(self) -> Found:
        """Pipes in which the water flows the other way because of the plan: what settled there may come loose."""
        if self.after is None:
            return Found(np.empty(0, dtype=np.int64), np.empty(0), np.empty(0))
        return reversed_pipes(self.before.run, self.after.run)


def service_pressure(survey: Survey) -> float:
    """Return the service pressure of a survey, metres of water."""
    own = survey.setting(SERVICE_PRESSURE_SETTING)
    try:
        found = float(own) if own is not None else SERVICE_PRESSURE
    except ValueError:
        return SERVICE_PRESSURE
    return found if 0 < found < math.inf else SERVICE_PRESSURE


def set_service_pressure(survey: Survey, metres: float) -> None:
    """Give a survey a service pressure of its own.

    Raises
    ------
    SimulationError
        It is no such pressure.
    """
    _check(Conditions(), metres)
    survey.set_setting(SERVICE_PRESSURE_SETTING, f"{metres:g}")


def simulate_water(
    survey: Survey,
    *,
    plan: ShutoffPlan | None = None,
    conditions: Conditions = Conditions(),
    progress: Progress = SILENT,
) -> WaterAnswer:
    """Compute the water network of a survey, and with a plan once more.

    Raises
    ------
    SimulationError
        It holds no water supply or no source, the engine is missing or refuses it, and why.
    """
    wanted = conditions.service_pressure if conditions.service_pressure is not None else service_pressure(survey)
    _check(conditions, wanted)
    network = plan.network if plan is not None else survey.network
    extract, demanded = with_demands(survey.extract(progress=progress))
    before = hydraulics(_water(network, extract, conditions, wanted, demanded, progress), service_pressure=wanted)
    if plan is None:
        return WaterAnswer(before)
    changed = _with_plan(extract, plan)
    after = hydraulics(_water(network, changed, conditions, wanted, demanded, progress), service_pressure=wanted)
    return WaterAnswer(before, after, plan)


def _check(conditions: Conditions, pressure: float) -> None:
    hours = conditions.hours
    if hours is not None and not 0 <= hours <= MOST_HOURS:
        raise SimulationError(
            _("“{value}” is no number of hours from 0 to {most}.").format(value=hours, most=f"{MOST_HOURS:,.0f}")
        )
    if not 0 < pressure < 1000:  # noqa: PLR2004 -- ten megapascals
        raise SimulationError(_("“{value}” is no service pressure in metres of water.").format(value=pressure))


def _water(
    network: Network,
    extract: Extract,
    conditions: Conditions,
    pressure: float,
    told: tuple[Problem, ...],
    progress: Progress,
) -> Simulation:
    from pipemap.formats.epanet.engine import run_epanet
    from pipemap.formats.epanet.fed import fed_parts

    fed = fed_parts(extract)
    with tempfile.TemporaryDirectory(prefix="pipemap-") as folder:
        run = run_epanet(
            fed.extract,
            Path(folder),
            seconds=None if conditions.hours is None else conditions.hours * 3600,
            service_pressure=pressure,
            pressure_driven=conditions.pressure_driven,
            progress=progress,
        )
    aside = tuple(rows_onto(network, extract, "node", part) for part in fed.aside)
    said = (*withheld_words(extract), *_aside_words(network, aside), *told, *run.assumed, *_demand_words(run, conditions))
    return _onto(network, fed.extract, replace(run, assumed=said), aside)


def _onto(network: Network, part: Extract, run: WaterRun, aside: tuple[Rows, ...]) -> Simulation:
    """Bring a run onto the rows of the network; what the network lost meanwhile is left out."""
    node_rows, pipe_rows = rows_onto(network, part, "node", run.node_rows), rows_onto(network, part, "pipe", run.pipe_rows)
    here, there = node_rows >= 0, pipe_rows >= 0
    place = np.where(here, np.cumsum(here) - 1, -1)
    suction = np.where(run.suction >= 0, place[run.suction], -1)[there]
    return Simulation(
        network,
        "EPANET",
        run.times,
        node_rows[here],
        pipe_rows[there],
        {name: values[:, here] for name, values in run.nodes.items()},
        {name: values[:, there] for name, values in run.pipes.items()},
        {name: values[here] for name, values in run.node_facts.items()},
        {name: values[there] for name, values in run.pipe_facts.items()},
        suction,
        tuple(rows[rows >= 0] for rows in aside),
        run.assumed,
        run.warnings,
    )


def rows_onto(network: Network, extract: Extract, layer: Layer, rows: Rows) -> Rows:
    """Return the rows of the network that rows of an extract are; −1 for what it has no more."""
    table, fids = (extract.nodes, network.node_fid) if layer == "node" else (extract.pipes, network.pipe_fid)
    found: Rows = rows_if_there(fids, table["fid"].to_numpy()[rows])
    return found


def withheld_words(extract: Extract) -> tuple[Problem, ...]:
    """Say that what is marked secret is not computed."""
    count = extract.withheld_nodes + extract.withheld_pipes
    text = N_("Elements that are marked secret are not computed ({count}); what hangs on them is wrong.")
    return (Problem("withheld", "warning", "", text, {"count": count}),) if count else ()


def _aside_words(network: Network, aside: Sequence[Rows]) -> tuple[Problem, ...]:
    if not aside:
        return ()
    names = [network.node_ids[int(rows[0])] or "–" for rows in aside[:_SHOWN] if rows[0] >= 0]
    examples = ", ".join(names) + (" …" if len(aside) > _SHOWN else "")
    text = N_("Parts of the network hold no source and were set aside ({count}, {nodes} nodes). One node of each: {examples}")
    values = {"count": len(aside), "nodes": sum(map(len, aside)), "examples": examples}
    return (Problem("set-aside", "warning", "", text, values, layer="node"),)


def _demand_words(run: WaterRun, conditions: Conditions) -> tuple[Problem, ...]:
    free = run.node_facts["is_tank"] + run.node_facts["is_fixed"] == 0
    if run.nodes["demand"][:, free].any() or not conditions.pressure_driven:
        return ()
    text = N_("Nobody takes water in this model: pressures are those of standing water, and no flow means anything.")
    return (Problem("no-demand-at-all", "warning", "", text),)


# -- a plan ------------------------------------------------------------------------------------------------------------


def _with_plan(extract: Extract, plan: ShutoffPlan) -> Extract:
    """Return the extract with what a plan contains taken out, and what it opens opened.

    A valve of the plan is then the end of what is left of its pipe, so that nothing passes it, whatever stands between.
    """
    network, valves = plan.network, plan.cells.valves
    node_rows = rows_if_there(network.node_fid, extract.nodes["fid"].to_numpy())
    pipe_rows = rows_if_there(network.pipe_fid, extract.pipes["fid"].to_numpy())
    nodes = ~np.isin(node_rows, plan.contained.node_rows)
    pipes = ~np.isin(pipe_rows, plan.contained.pipe_rows)
    of_valves = [int(number) for number in plan.request.opened]
    at_nodes = [int(valves.row[one]) for one in of_valves if valves.origin[one] == NODE]
    at_pipes = [int(valves.row[one]) for one in of_valves if valves.origin[one] == LINK] + list(plan.request.opened_pipes)
    opened = replace(
        extract,
        nodes=_opened(extract.nodes, np.isin(node_rows, at_nodes)),
        pipes=_opened(extract.pipes, np.isin(pipe_rows, at_pipes)),
    )
    return opened.part(nodes, pipes)


def _opened(table: pa.Table, which: NDArray[np.bool_]) -> pa.Table:
    if not which.any():
        return table
    states = pc.if_else(pa.array(which), _OPEN, table["state"])
    return table.set_column(table.column_names.index("state"), "state", states.cast(table.schema.field("state").type))
