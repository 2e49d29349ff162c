"""From an answer of the analysis to what the map shows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.trace import Trace
from pipemap.scene import Group, Legend, LegendEntry, Mark, Result
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNSURE = {False: "#8A63D2", True: "#C3A6FF"}
"""Pipes that a trace followed without knowing their direction."""

MOST_MARKS = 200


def result_of(answer: object, *, arrows: bool) -> Result | None:
    """Return what the map shows of an answer; ``None`` when it is none that a map can show."""
    if not isinstance(answer, Trace):
        return None
    return Result(_groups(answer, dark=False), _marks(answer), arrows=arrows)


def result_legend(answer: object, *, dark: bool) -> Legend | None:
    """Return what the colours of an answer mean."""
    if not isinstance(answer, Trace):
        return None
    entries = tuple(
        LegendEntry(group.label, group.shade(dark=dark), len(group.pipes) or len(group.nodes), group.role)
        for group in _groups(answer, dark=dark)
    )
    return Legend(_("Result"), "", entries)


def _groups(answer: Trace, *, dark: bool) -> tuple[Group, ...]:
    unsure = answer.indeterminate_rows
    none: NDArray[np.int64] = np.empty(0, dtype=np.int64)
    sure = answer.pipe_rows[~np.isin(answer.pipe_rows, unsure)] if len(unsure) else answer.pipe_rows
    groups = [Group("traced", answer.node_rows, sure)]
    if len(unsure):
        groups.append(Group(_("Direction indeterminate"), none, unsure, UNSURE[dark]))
    return tuple(groups)


def _marks(answer: Trace) -> tuple[Mark, ...]:
    starts = [Mark(element.layer, element.row, "start") for element in answer.starts]
    stops = [Mark(stop.element.layer, stop.element.row, "stop") for stop in answer.stopped_by[:MOST_MARKS]]
    sources = [Mark("node", int(row), "source") for row in answer.source_rows[:MOST_MARKS]]
    return (*starts, *stops, *sources)
