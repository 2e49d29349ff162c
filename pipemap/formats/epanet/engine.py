"""EPANET's own engine over an extract: what it computed by row of the extract, in metres and litres a second."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.formats.epanet import engine_child
from pipemap.formats.epanet.units import BAR_METRES, FOOT, KPA_METRES, PSI_METRES, units_of
from pipemap.formats.epanet.writer import draft_epanet
from pipemap.formats.inp.engine import NO_MATTER, EngineRun, SimulationError, columns_of, run_engine
from pipemap.formats.writing import WriteOptions
from pipemap.model.delivery import VALVE_LAYER
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

_FLOW_UNITS = ("CFS", "GPM", "MGD", "IMGD", "AFD", "LPS", "LPM", "MLD", "CMH", "CMD", "CMS")
_PRESSURE_METRES = (PSI_METRES, KPA_METRES, 1.0, BAR_METRES, FOOT)
"""Metres of water in the engine's pressure units, by its number of them."""
_TANK, _RESERVOIR = 2, 1
_SPEAKS_OF_FILES = frozenset({"HYDRAULICS", "MAP"})
_SHOWN = 5

ERRORS: dict[int, str] = {
    101: N_("there is not enough memory"),
    110: N_("its equations have no solution: absurd lengths, sizes, roughnesses or heads are the usual cause"),
    202: N_("a number has a value that it cannot have"),
    203: N_("a pipe ends at a node that does not exist"),
    205: N_("a pattern that is named does not exist"),
    206: N_("a curve that is named does not exist"),
    207: N_("a control asks something of a check valve that it cannot do"),
    208: N_("a node that is named does not exist"),
    209: N_("a node has a value that it cannot have"),
    210: N_("a link that is named does not exist"),
    211: N_("a pipe, pump or valve has a value that it cannot have"),
    213: N_("an option has a value that it cannot have"),
    215: N_("an id stands there twice"),
    219: N_("a valve stands at a tank or reservoir, which EPANET refuses"),
    220: N_("two valves stand at each other in a way that EPANET refuses"),
    222: N_("a pipe starts and ends at one node"),
    223: N_("the network has too few nodes"),
    224: N_("the network has no tank and no reservoir"),
    225: N_("a tank has levels that contradict each other"),
    226: N_("a pump has no curve and no power"),
    227: N_("a pump has a curve that EPANET cannot use"),
    230: N_("a curve is not rising"),
    233: N_("a node is met by no pipe"),
    250: N_("a line cannot be read"),
    251: N_("an id is too long or has letters that EPANET refuses"),
}
"""What EPANET's errors mean, by their number."""

WARNINGS: tuple[tuple[str, str, str], ...] = (
    ("negative", r"Negative pressures", N_("Pressures fall below 0 in some moments: {count}. What hangs there gets no water.")),
    ("disconnected", r"Node (\S+) disconnected|nodes disconnected", N_("Cut off from every source for a time: {examples}")),
    ("pump-head", r"Pump (\S+) .*cannot deliver head", N_("Pumps cannot lift as high as they should: {examples}")),
    ("pump-flow", r"Pump (\S+) .*exceeds maximum flow", N_("Pumps give more than their curve holds: {examples}")),
    ("valve", r"(?:P[RSBC]V|FCV|[GT][PC]V) (\S+) .*cannot", N_("Control valves cannot keep their setting: {examples}")),
    ("unbalanced", r"unbalanced|Maximum trials exceeded", N_("The engine found no exact balance in some moments: {count}.")),
    ("unstable", r"unstable", N_("The engine's solution swings in some moments: {count}.")),
)  # fmt: skip
"""Rule, what the report says (group 1: the element), and the sentence."""


@dataclass(frozen=True, eq=False, slots=True)
class WaterRun:
    """Columns belong to rows of the extract; see :class:`pipemap.model.simulation.Simulation`."""

    times: Values
    node_rows: Rows
    pipe_rows: Rows
    nodes: Mapping[str, Values]
    pipes: Mapping[str, Values]
    node_facts: Mapping[str, Values]
    pipe_facts: Mapping[str, Values]
    suction: Rows
    assumed: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def run_epanet(
    extract: Extract,
    folder: Path,
    *,
    seconds: float | None,
    service_pressure: float,
    pressure_driven: bool,
    progress: Progress,
) -> WaterRun:
    """Write an extract as a model and compute it.

    Parameters
    ----------
    folder
        Empty; everything is written there.
    seconds
        Duration; None: the model's own.
    service_pressure
        Metres at which everyone gets all of their demand, where it is pressure-driven.

    Raises
    ------
    ReportError
        The extract holds no water supply.
    SimulationError
        The engine refused the network, and why.
    """
    leaving = draft_epanet(extract, "model.inp", options=WriteOptions(fields={"node": (), "pipe": ()}), progress=progress)
    _leave_files(leaving)
    leaving.draft.write(folder / "model.inp", leave_out={VALVE_LAYER, "REPORT", "BACKDROP"}, progress=progress)
    task = {
        "seconds": seconds,
        "service_pressure": service_pressure,
        "pressure_driven": pressure_driven,
        "pressure_metres": _PRESSURE_METRES,
    }
    run = run_engine(str(engine_child.__file__), folder, task, program="EPANET", progress=progress)
    if run.said["error"]:
        raise _refused(run)
    return _turned(run, leaving)


def _leave_files(leaving: Leaving) -> None:
    """Leave out what would have the engine read or write files beside its folder."""
    for row in list(leaving.draft.rows("OPTIONS")):
        if row.words[0].upper() in _SPEAKS_OF_FILES:
            leaving.draft.drop(row.number)


def _turned(run: EngineRun, leaving: Leaving) -> WaterRun:
    """Bring what was computed into our units and rows."""
    said, values = run.said, run.values
    units = units_of(_FLOW_UNITS[said["flow_unit"]])
    node_at, node_rows = columns_of(said["nodes"], leaving.node_ids)
    pipe_at, pipe_rows = columns_of(said["links"], leaving.pipe_ids)
    kinds = np.array(said["kinds"])[node_at]
    elevation = np.array(said["elevation"])[node_at] * units.metre
    head = values["head"][:, node_at] * units.metre
    pumps = np.isin(pipe_at, np.array(said["pumps"], dtype=np.int64))
    ends = np.array(said["ends"], dtype=np.int64).reshape(-1, 2)[:, 0] - 1
    column_of = np.full(len(said["nodes"]), -1, dtype=np.int64)
    column_of[node_at] = np.arange(len(node_at))
    return WaterRun(
        values["time"],
        node_rows,
        pipe_rows,
        {"pressure": head - elevation, "head": head, "demand": values["demand"][:, node_at] * units.lps},
        {"flow": values["flow"][:, pipe_at] * units.lps, "velocity": values["velocity"][:, pipe_at] * units.metre},
        {
            "is_tank": (kinds == _TANK).astype(float),
            "is_fixed": (kinds == _RESERVOIR).astype(float),
            "lowest": np.array(said["lowest"])[node_at] * units.metre,
        },
        {"is_pump": pumps.astype(float)},
        column_of[ends[pipe_at]],
        tuple(one for one in leaving.losses.problems() if one.rule not in NO_MATTER),
        _warnings(run.report),
    )


def _warnings(report: str) -> tuple[Problem, ...]:
    counts: dict[str, int] = defaultdict(int)
    named: dict[str, dict[str, None]] = defaultdict(dict)
    for line in report.splitlines():
        if "WARNING" not in line and "unbalanced" not in line:
            continue
        for rule, pattern, _text in WARNINGS:
            if (found := re.search(pattern, line)) is not None:
                counts[rule] += 1
                if found.groups() and found[1]:
                    named[rule].setdefault(found[1])
                break
    made = []
    for rule, _pattern, text in WARNINGS:
        if counts[rule]:
            ids = list(named[rule])
            examples = ", ".join(ids[:_SHOWN]) + (" …" if len(ids) > _SHOWN else "")
            made.append(Problem(f"engine-{rule}", "warning", "", text, {"count": counts[rule], "examples": examples or "–"}))
    return tuple(made)


def _refused(run: EngineRun) -> SimulationError:
    """Say in words why the engine did not compute, and which line it stopped at."""
    lines = run.report.splitlines()
    told: list[str] = []
    for at, line in enumerate(lines):
        found = re.match(r"\s*Error (\d+)", line)
        if found and int(found[1]) != 200 and len(told) < _SHOWN:  # noqa: PLR2004 -- 200 only says that there are others
            words = _(ERRORS[int(found[1])]) if int(found[1]) in ERRORS else line.strip()
            what = lines[at + 1].strip() if at + 1 < len(lines) else ""
            told.append(f"{words} ({what})" if what and not what.startswith("Error") else words)
    if not told:
        code = re.search(r"Error (\d+)", str(run.said["error"]))
        known = ERRORS.get(int(code[1])) if code else None
        told = [_(known) if known else str(run.said["error"])]
    return SimulationError(
        _("EPANET cannot compute this network: {reasons}.").format(reasons="; ".join(dict.fromkeys(told))),
        _("Correct it in the survey, or export the model and open it in EPANET."),
    )
