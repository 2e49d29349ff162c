"""What a computed water network means: who has too little pressure, what runs empty, what flows the other way."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.affected import Affected, affected

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from pipemap.model.simulation import Simulation

    Rows = NDArray[np.int64]
    Values = NDArray[np.float64]

SERVICE_PRESSURE = 14.0
"""Metres of water above the pipe that a customer should have, where the survey does not say: 0.14 MPa, as Chinese water works
commonly promise for the ends of their networks. Unverified; a survey sets its own."""
FAST = 3.0
"""Metres a second from which a flow is named as fast. Our own figure."""
STILL = 0.05
"""Litres a second below which the direction of a flow means nothing. Our own figure."""


@dataclass(frozen=True, eq=False, slots=True)
class Found:
    """Some elements of one layer, the worst first, with the value that made them be listed and when that was.

    Attributes
    ----------
    rows
        Rows of the network.
    values
        One a row: lowest pressure (m), highest velocity (m/s) …
    times
        Seconds since the beginning.
    """

    rows: Rows
    values: Values
    times: Values

    def __len__(self) -> int:
        return len(self.rows)

    def without(self, rows: Rows) -> Found:
        """Return it without some rows."""
        stays = ~np.isin(self.rows, rows)
        return Found(self.rows[stays], self.values[stays], self.times[stays])

    def share(self, rows: Collection[int]) -> Found:
        """Return those among some rows."""
        stays = np.isin(self.rows, list(rows))
        return Found(self.rows[stays], self.values[stays], self.times[stays])


@dataclass(frozen=True, eq=False)
class Hydraulics:
    """What one run of a water network says.

    Attributes
    ----------
    low
        Nodes whose pressure falls below the service pressure: lowest pressure.
    customers
        Who hangs on them.
    empty
        Tanks that run empty: level above the bottom of use, first time.
    dry_pumps
        Pipe rows of pumps that draw where the pressure is below 0: pressure at the suction side.
    fast
        Pipes above ``FAST``: highest velocity.
    """

    run: Simulation
    service_pressure: float
    low: Found
    empty: Found
    dry_pumps: Found
    fast: Found

    @cached_property
    def customers(self) -> Affected:
        """Who is supplied below the service pressure."""
        return customers_of(self.run, self.low.rows)


def hydraulics(run: Simulation, *, service_pressure: float = SERVICE_PRESSURE) -> Hydraulics:
    """Read a run of EPANET."""
    pressure = run.nodes["pressure"]
    junctions = (run.node_facts["is_tank"] + run.node_facts["is_fixed"]) == 0
    low = _worst(run, "node", np.where(junctions, pressure, np.inf), below=service_pressure)
    tanks = run.node_facts["is_tank"] > 0
    above = np.where(tanks, pressure - run.node_facts["lowest"], np.inf)
    velocity = np.abs(run.pipes["velocity"])
    return Hydraulics(
        run,
        service_pressure,
        low,
        _worst(run, "node", above, below=1e-3),
        _worst(run, "pipe", _suction(run), below=0.0),
        _turned(_worst(run, "pipe", -velocity, below=-FAST)),
    )


def _suction(run: Simulation) -> Values:
    """Pressure where a running pump draws; infinite for everything else."""
    at = run.suction
    drawing = (run.pipe_facts["is_pump"] > 0) & (at >= 0) & (np.abs(run.pipes["flow"]) > STILL)
    known: Values = np.where(drawing, run.nodes["pressure"][:, np.maximum(at, 0)], np.inf)
    return known


def _worst(run: Simulation, layer: str, values: Values, *, below: float) -> Found:
    rows = run.node_rows if layer == "node" else run.pipe_rows
    if not len(rows) or not len(run.times):
        return Found(rows[:0], np.empty(0), np.empty(0))
    moment = values.argmin(axis=0)
    least = values[moment, np.arange(len(rows))]
    found = np.flatnonzero(least < below)
    found = found[np.argsort(least[found], kind="stable")]
    return Found(rows[found], least[found], run.times[moment[found]])


def _turned(found: Found) -> Found:
    return Found(found.rows, -found.values, found.times)


def customers_of(run: Simulation, nodes: Rows) -> Affected:
    """Return who hangs on some nodes, or on pipes between two of them."""
    network = run.network
    there = np.zeros(network.node_count, dtype=np.bool_)
    there[nodes] = True
    return affected(network, nodes, np.flatnonzero(there[network.pipe_ends].all(axis=1)))


def reversed_pipes(before: Simulation, after: Simulation) -> Found:
    """Return the pipes in which the water flows the other way than before at some moment: litres a second then, most first."""
    moments, first, second = np.intersect1d(before.times, after.times, return_indices=True)
    rows, left, right = np.intersect1d(before.pipe_rows, after.pipe_rows, return_indices=True)
    if not len(moments) or not len(rows):
        return Found(rows[:0], np.empty(0), np.empty(0))
    old = before.pipes["flow"][np.ix_(first, left)]
    new = after.pipes["flow"][np.ix_(second, right)]
    turned = np.where((old * new < 0) & (np.abs(old) > STILL) & (np.abs(new) > STILL), np.abs(new), 0.0)
    moment = turned.argmax(axis=0)
    most = turned[moment, np.arange(len(rows))]
    found = np.flatnonzero(most > 0)
    found = found[np.argsort(-most[found], kind="stable")]
    return Found(rows[found], most[found], moments[moment[found]])
