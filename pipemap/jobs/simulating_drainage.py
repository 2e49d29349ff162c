"""Computing the drainage of a survey with SWMM's engine: what floods, and what runs full."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.hydraulics import Found
from pipemap.formats.inp.engine import SimulationError
from pipemap.jobs.simulating import MOST_HOURS, rows_onto, withheld_words
from pipemap.model.simulation import Simulation
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.problem import Problem
    from pipemap.store import Survey

    Values = NDArray[np.float64]

LEAST_M3 = 0.1
"""Cubic metres of flooding from which a manhole is named. Our own figure."""
LEAST_H = 0.01
"""Hours of running full from which a pipe is named, the engine's own step of telling."""


@dataclass(frozen=True, eq=False, slots=True)
class Shown:
    """The run; as :class:`pipemap.analysis.hydraulics.Hydraulics` has it."""

    run: Simulation


@dataclass(frozen=True, eq=False)
class DrainageAnswer:
    """A drainage network computed."""

    shown: Shown

    @property
    def assumed(self) -> tuple[Problem, ...]:
        """What had to be supplied."""
        return self.shown.run.assumed

    @property
    def carries_water(self) -> bool:
        """Whether anything flowed at all."""
        return bool(np.abs(self.shown.run.pipes["flow"]).max(initial=0.0) > 0)

    @cached_property
    def flooding(self) -> Found:
        """Nodes that flood, most first: cubic metres, and the moment of the strongest flooding."""
        run = self.shown.run
        return _most(run.node_rows, run.node_facts["flooded_m3"], run.nodes["flooding"], run.times, LEAST_M3)

    @cached_property
    def surcharged(self) -> Found:
        """Pipes that run full, longest first: hours, and the moment at which they are fullest."""
        run = self.shown.run
        return _most(run.pipe_rows, run.pipe_facts["surcharged_h"], run.pipes["filling"], run.times, LEAST_H)


def _most(rows: NDArray[np.int64], values: Values, over_time: Values, times: Values, least: float) -> Found:
    found = np.flatnonzero(values > least)
    found = found[np.argsort(-values[found], kind="stable")]
    when = times[over_time[:, found].argmax(axis=0)] if len(times) else np.zeros(len(found))
    return Found(rows[found], values[found], when)


def simulate_drainage(survey: Survey, *, hours: float | None = None, progress: Progress = SILENT) -> DrainageAnswer:
    """Compute the drainage of a survey.

    Raises
    ------
    ReportError
        It holds no drainage.
    SimulationError
        The engine is missing or refuses the network, and why.
    """
    from pipemap.formats.swmm.engine import run_swmm

    if hours is not None and not 0 < hours <= MOST_HOURS:
        raise SimulationError(
            _("“{value}” is no number of hours from 0 to {most}.").format(value=hours, most=f"{MOST_HOURS:,.0f}")
        )
    network, extract = survey.network, survey.extract(progress=progress)
    with tempfile.TemporaryDirectory(prefix="pipemap-") as folder:
        run = run_swmm(extract, Path(folder), hours=hours, progress=progress)
    node_rows, pipe_rows = rows_onto(network, extract, "node", run.node_rows), rows_onto(network, extract, "pipe", run.pipe_rows)
    here, there = node_rows >= 0, pipe_rows >= 0
    return DrainageAnswer(
        Shown(
            Simulation(
                network,
                "SWMM",
                run.times,
                node_rows[here],
                pipe_rows[there],
                {name: values[:, here] for name, values in run.nodes.items()},
                {name: values[:, there] for name, values in run.pipes.items()},
                {name: values[here] for name, values in run.node_facts.items()},
                {name: values[there] for name, values in run.pipe_facts.items()},
                np.full(int(there.sum()), -1, dtype=np.int64),
                assumed=(*withheld_words(extract), *run.assumed),
                warnings=run.warnings,
            )
        )
    )
