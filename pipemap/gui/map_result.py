"""From an answer of the analysis to what the map shows of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.spread import Spread
from pipemap.analysis.trace import Trace
from pipemap.gui.gathered import Gathered, Outlined
from pipemap.gui.shares import Shares
from pipemap.gui.shutoff_answers import Plugging, Shutoff
from pipemap.gui.simulation import Computed
from pipemap.gui.trace_question import Explained, Ways, trace_of
from pipemap.scene import Group, Legend, LegendEntry, Mark, Result
from pipemap.scene.colours import RESULT_COLOURS, ROLE_LABELS
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNSURE = {False: "#8A63D2", True: "#C3A6FF"}
"""Pipes that a trace followed without knowing their direction."""

WAY, OTHER_WAYS = "#D1495B", "#EDAE49"
"""The way that is shown, and the others that were found."""

LEAKING, ENTERED, REACHED, CHAMBERS = "#C77F3B", "#D1495B", "#EDAE49", "#8A63D2"
"""What leaks, where it can enter, what it reaches inside, and chambers."""

MOST_MARKS = 200


def result_of(answer: object, *, arrows: bool) -> Result | None:
    """Return what the map shows of an answer; ``None`` when it is none that a map can show."""
    if isinstance(answer, Shutoff):
        return Result(_plan_groups(answer), _plan_marks(answer), arrows=False)
    if isinstance(answer, Plugging):
        return Result(_plug_groups(answer), _plug_marks(answer), arrows=False)
    if isinstance(answer, Shares | Computed | Gathered | Outlined):
        return Result(tuple(Group(part.label, part.nodes, part.pipes, part.colour) for part in answer.parts), arrows=False)
    if isinstance(answer, Ways | Spread):
        return Result(_own_groups(answer), _own_marks(answer), arrows=arrows and isinstance(answer, Ways))
    trace = trace_of(answer)
    if trace is None:
        return None
    return Result(_trace_groups(answer, trace, dark=False), _marks(trace), arrows=arrows)


def result_legend(answer: object, *, dark: bool) -> Legend | None:
    """Return what the colours of an answer mean."""
    if isinstance(answer, Shutoff):
        return _plan_legend(answer)
    if isinstance(answer, Shares):
        entries = tuple(
            LegendEntry(part.label, part.colour, len(part.pipes) or len(part.nodes), part.label) for part in answer.parts
        )
        return Legend(answer.title, answer.unit, entries if answer.has_legend else ())
    if isinstance(answer, Computed | Gathered | Outlined):
        listed = (LegendEntry(one.label, one.colour, len(one.pipes) or len(one.nodes), one.label) for one in answer.parts)
        return Legend(answer.title, answer.unit, tuple(listed))
    trace = trace_of(answer)
    if trace is not None:
        groups = _trace_groups(answer, trace, dark=dark)
    elif isinstance(answer, Plugging):
        groups = _plug_groups(answer)
    elif isinstance(answer, Ways | Spread):
        groups = _own_groups(answer)
    else:
        return None
    entries = tuple(
        LegendEntry(group.label, group.shade(dark=dark), len(group.pipes) or len(group.nodes), group.role) for group in groups
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


def _trace_groups(answer: object, trace: Trace, *, dark: bool) -> tuple[Group, ...]:
    """Of a trace that is explained, the way lies over the rest of the answer."""
    groups = _groups(trace, dark=dark)
    if not isinstance(answer, Explained) or not len(answer.way_pipes):
        return groups
    nodes, pipes = answer.way_nodes, answer.way_pipes
    rest = [
        replace(one, nodes=one.nodes[~np.isin(one.nodes, nodes)], pipes=one.pipes[~np.isin(one.pipes, pipes)]) for one in groups
    ]
    return (*(one for one in rest if len(one.nodes) or len(one.pipes)), Group(_("The way"), nodes, pipes, WAY))


def _own_groups(answer: Ways | Spread) -> tuple[Group, ...]:
    none: NDArray[np.int64] = np.empty(0, dtype=np.int64)
    if isinstance(answer, Ways):
        others = [route.pipe_rows for number, route in enumerate(answer.routes) if number != answer.chosen]
        beside = np.setdiff1d(np.concatenate([none, *others]), answer.pipe_rows)
        shown = [Group(_("The way"), answer.node_rows, answer.pipe_rows, WAY)]
        return (*([Group(_("Other ways"), none, beside, OTHER_WAYS)] if len(beside) else []), *shown)
    entered = np.array(sorted({entry.hollow for entry in answer.entries}), dtype=np.int64)
    along = np.setdiff1d(answer.pipe_rows, entered)
    parts = (
        Group(_("Leaks"), none, answer.leaking_rows, LEAKING),
        Group(_("Where it can enter"), none, entered, ENTERED),
        Group(_("Reached inside"), none, along, REACHED),
        Group(_("Chambers and manholes"), answer.node_rows, none, CHAMBERS),
    )
    return tuple(one for one in parts if len(one.nodes) or len(one.pipes))


def _own_marks(answer: Ways | Spread) -> tuple[Mark, ...]:
    if isinstance(answer, Ways):
        return tuple(Mark(element.layer, element.row, "start") for element in answer.starts)
    return tuple(Mark("pipe", int(row), "start") for row in answer.leaking_rows[:MOST_MARKS])


def _plan_groups(answer: Shutoff) -> tuple[Group, ...]:
    plan = answer.plan
    parts = (("contained", plan.contained), ("lost", plan.lost))
    return tuple(Group(role, part.node_rows, part.pipe_rows) for role, part in parts)


def _plug_groups(answer: Plugging) -> tuple[Group, ...]:
    nodes, pipes = answer.wet
    run = answer.plan.contained
    dammed = Group(_("Dams up behind the plugs"), nodes, pipes, RESULT_COLOURS["source"])
    parts = (Group(_("Laid dry"), run.node_rows, run.pipe_rows, RESULT_COLOURS["contained"]), dammed)
    return tuple(one for one in parts if len(one.nodes) or len(one.pipes))


def _plug_marks(answer: Plugging) -> tuple[Mark, ...]:
    """What is broken, and the plugs, numbered in the order of placing."""
    broken = [Mark(element.layer, element.row, "start") for element in answer.plan.broken]
    plugs = [Mark("pipe", one.pipe, "close", str(place)) for place, one in enumerate(answer.plan.plugs[:MOST_MARKS], start=1)]
    return (*plugs, *broken)


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
