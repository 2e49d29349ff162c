"""SWMM's own engine over an extract: what it computed by row of the extract, in metres and litres a second."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.formats.inp.engine import NO_MATTER, EngineRun, SimulationError, columns_of, run_engine
from pipemap.formats.swmm import engine_child
from pipemap.formats.swmm.units import FOOT
from pipemap.formats.swmm.writer import draft_swmm
from pipemap.formats.writing import WriteOptions
from pipemap.model.problem import Problem
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from pipemap.formats.inp.leaving import Leaving
    from pipemap.model.extract import Extract
    from pipemap.progress import Progress

    Rows = NDArray[np.int64]
    Values = NDArray[np.float64]

_LPS = (28.316846592, 3.785411784 / 60, 3.785411784e6 / 86400, 1000.0, 1.0, 1e6 / 86400)
"""Litres a second in the engine's flow units, by its number of them: CFS, GPM, MGD, CMS, LPS, MLD."""
_US = 3
_SHOWN = 5

ERRORS: dict[int, str] = {
    101: N_("there is not enough memory"),
    105: N_("its equations cannot be opened"),
    107: N_("the time step is zero"),
    109: N_("aquifers contradict themselves"),
    111: N_("a conduit has no length"),
    112: N_("a conduit falls more than it is long"),
    113: N_("a conduit has no roughness"),
    114: N_("a conduit has no barrel"),
    115: N_("a conduit runs uphill"),
    117: N_("a link has no cross-section"),
    119: N_("a link has a cross-section that it cannot have"),
    121: N_("a pump has no curve, or a wrong one"),
    131: N_("conduits form a loop that flows in a circle"),
    133: N_("a node has more than one outlet, which this routing refuses"),
    134: N_("a node has a kind of link that this routing refuses"),
    138: N_("a node begins deeper than it is"),
    141: N_("an outfall has more than one inlet"),
    145: N_("the network has no outfall"),
    200: N_("there are errors in the model"),
    203: N_("a line has too few words"),
    205: N_("a line has a word that SWMM does not know"),
    207: N_("an id stands there twice"),
    209: N_("something that is named does not exist"),
    211: N_("a number has a value that it cannot have"),
    317: N_("a file that the model names cannot be opened"),
    313: N_("a rainfall file that the model names cannot be opened"),
    361: N_("a file of a time series cannot be opened"),
}
"""What SWMM's errors mean, by their number."""


@dataclass(frozen=True, eq=False, slots=True)
class DrainageRun:
    """Columns belong to rows of the extract; see :class:`pipemap.model.simulation.Simulation`."""

    times: Values
    node_rows: Rows
    pipe_rows: Rows
    nodes: Mapping[str, Values]
    pipes: Mapping[str, Values]
    node_facts: Mapping[str, Values]
    pipe_facts: Mapping[str, Values]
    assumed: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def run_swmm(extract: Extract, folder: Path, *, hours: float | None, progress: Progress) -> DrainageRun:
    """Write an extract as a model and compute it.

    Parameters
    ----------
    folder
        Empty; everything is written there.
    hours
        The run ends after so many; None: when the model does.

    Raises
    ------
    ReportError
        The extract holds no drainage.
    SimulationError
        The engine refused the network, and why.
    """
    leaving = draft_swmm(extract, "model.inp", options=WriteOptions(fields={"node": (), "pipe": ()}), progress=progress)
    for row in list(leaving.draft.rows("REPORT")):
        leaving.draft.drop(row.number)
    for words in (("INPUT", "NO"), ("CONTROLS", "NO"), ("SUBCATCHMENTS", "NONE"), ("NODES", "ALL"), ("LINKS", "ALL")):
        leaving.draft.add("REPORT", words)
    leaving.draft.write(folder / "model.inp", leave_out={"FILES", "BACKDROP"}, progress=progress)
    run = run_engine(str(engine_child.__file__), folder, {"hours": hours}, program="SWMM", progress=progress)
    if run.said["error"]:
        raise _refused(run)
    return _turned(run, leaving)


def _turned(run: EngineRun, leaving: Leaving) -> DrainageRun:
    said, values = run.said, run.values
    flow_unit = int(said["units"][1])
    metre, lps = FOOT if flow_unit < _US else 1.0, _LPS[flow_unit]
    node_at, node_rows = columns_of(said["nodes"], leaving.node_ids)
    pipe_at, pipe_rows = columns_of(said["links"], leaving.pipe_ids)
    facts = {name: dict(zip(said["node_names"], said[name], strict=True)) for name in ("flooded", "flooded_h")}
    full = dict(zip(said["link_names"], said["surcharged_h"], strict=True))
    ids, links = [said["nodes"][at] for at in node_at], [said["links"][at] for at in pipe_at]
    return DrainageRun(
        values["time"],
        node_rows,
        pipe_rows,
        {
            "depth": values["depth"][:, node_at] * metre,
            "head": values["head"][:, node_at] * metre,
            "flooding": values["flooding"][:, node_at] * lps,
        },
        {
            "flow": values["flow"][:, pipe_at] * lps,
            "velocity": values["velocity"][:, pipe_at] * metre,
            "filling": values["filling"][:, pipe_at],
        },
        {
            "flooded_m3": np.array([facts["flooded"].get(id_, 0.0) for id_ in ids]) * metre**3,
            "flooded_h": np.array([facts["flooded_h"].get(id_, 0.0) for id_ in ids]),
        },
        {"surcharged_h": np.array([full.get(id_, 0.0) for id_ in links])},
        tuple(one for one in leaving.losses.problems() if one.rule not in NO_MATTER),
        _warnings(run.report),
    )


def _warnings(report: str) -> tuple[Problem, ...]:
    """Take the engine's own warnings over, each kind once, with what they concern."""
    named: dict[str, list[str]] = {}
    for line in report.splitlines():
        if (
            found := re.match(
                r"\s*WARNING (\d+): (.*?)\s*(?:(?:for|at|in)\s+(?:Node|Link|Conduit|Regulator Link)?\s*(\S+))?$", line
            )
        ) is not None:
            named.setdefault(f"{found[1]}: {found[2]}", []).append(found[3] or "–")
    text = N_("SWMM warns, {what} ({count}): {examples}")
    return tuple(
        Problem("engine-warning", "warning", "", text, {"what": what, "count": len(ids), "examples": ", ".join(ids[:_SHOWN])})
        for what, ids in named.items()
    )


def _refused(run: EngineRun) -> SimulationError:
    told: list[str] = []
    for code, rest in re.findall(r"ERROR (\d+): (.*)", run.report):
        words = _(ERRORS[int(code)]) if int(code) in ERRORS else ""
        if int(code) != 200 and len(told) < _SHOWN:  # noqa: PLR2004 -- 200 only says that there are others
            told.append(f"{words} ({rest.strip()})" if words else rest.strip())
    return SimulationError(
        _("SWMM cannot compute this network: {reasons}.").format(reasons="; ".join(told) or run.said["error"]),
        _("Correct it in the survey, or export the model and open it in SWMM."),
    )
