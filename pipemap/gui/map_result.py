"""From an answer of the analysis to what the map shows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.trace import Trace
from pipemap.gui.shares import Shares
from pipemap.gui.shutoff_tools import Shutoff
from pipemap.scene import Group, Legend, LegendEntry, Mark, Result
from pipemap.scene.colours import RESULT_COLOURS, ROLE_LABELS
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNSURE = {False: "#8A63D2", True: "#C3A6FF"}
"""Pipes that a trace followed without knowing their direction."""

MOST_MARKS = 200


def result_of(answer: object, *, arrows: bool) -> Result | None:
    """Return what the map shows of an answer; ``None`` when it is none that a map can show."""
    if isinstance(answer, Shutoff):
        return Result(_plan_groups(answer), _plan_marks(answer), arrows=False)
    if isinstance(answer, Shares):
        return Result(tuple(Group(part.label, part.nodes, part.pipes, part.colour) for part in answer.parts), arrows=False)
    if not isinstance(answer, Trace):
        return None
    return Result(_groups(answer, dark=False), _marks(answer), arrows=arrows)


def result_legend(answer: object, *, dark: bool) -> Legend | None:
    """Return what the colours of an answer mean."""
    if isinstance(answer, Shutoff):
        return _plan_legend(answer)
    if isinstance(answer, Shares):
        entries = tuple(
            LegendEntry(part.label, part.colour, len(part.pipes) or len(part.nodes), part.label) for part in answer.parts
        )
        return Legend(answer.title, answer.unit, entries if answer.has_legend else ())
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


def _plan_groups(answer: Shutoff) -> tuple[Group, ...]:
    plan = answer.plan
    parts = (("contained", plan.contained), ("lost", plan.lost))
    return tuple(Group(role, part.node_rows, part.pipe_rows) for role, part in parts)


def _plan_legend(answer: Shutoff) -> Legend:
    """The colours of the parts, and those of the pins; each pin has a shape of its own besides."""
    plan = answer.plan
    parts = (("contained", plan.contained), ("lost", plan.lost))
    entries = [
        LegendEntry(f"{_(ROLE_LABELS[role])} ({_('pipes')})", RESULT_COLOURS[role], len(part.pipe_rows), role)
        for role, part in parts
    ]
    pins = (("reopen", len(answer.reopen)), ("source", len(plan.source_rows)))
    entries += [LegendEntry(_(ROLE_LABELS[role]), RESULT_COLOURS[role], count, role) for role, count in pins if count]
    return Legend(_("Shut-off plan"), "", tuple(entries))


def _plan_marks(answer: Shutoff) -> tuple[Mark, ...]:
    """What is broken, and the valves: those to close are numbered in the order of closing."""
    plan = answer.plan
    broken = [Mark(element.layer, element.row, "start") for element in plan.request.broken]
    close = [Mark(one.element.layer, one.element.row, "close", str(place)) for place, one in enumerate(answer.close, start=1)]
    others = [Mark(one.element.layer, one.element.row, one.task) for one in answer.steps if one.task != "close"]
    reopen = [Mark(one.element.layer, one.element.row, "reopen") for one, _what in answer.reopen]
    sources = [Mark("node", int(row), "source") for row in plan.source_rows]
    return tuple(mark for marks in (close, broken, others, reopen, sources) for mark in marks[:MOST_MARKS])


def _marks(answer: Trace) -> tuple[Mark, ...]:
    starts = [Mark(element.layer, element.row, "start") for element in answer.starts]
    stops = [Mark(stop.element.layer, stop.element.row, "stop") for stop in answer.stopped_by[:MOST_MARKS]]
    sources = [Mark("node", int(row), "source") for row in answer.source_rows[:MOST_MARKS]]
    return (*starts, *stops, *sources)
