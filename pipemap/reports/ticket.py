"""The shut-off ticket (关阀单): what to do at which valve in which order, with room to write, and the map; and the way back."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from pipemap.analysis.affected import customers_by_need
from pipemap.analysis.measures import measures_of
from pipemap.analysis.shutoff import reason_text
from pipemap.model.fields import values
from pipemap.model.wording import customer_label, metres
from pipemap.reports.content import (
    Cell,
    Column,
    Facts,
    Heading,
    Key,
    Legend,
    Page,
    PageBreak,
    Paragraph,
    Picture,
    Report,
    Row,
    Section,
    Signatures,
    Table,
    Wide,
)
from pipemap.reports.sketch import Offset, sketch
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.analysis.shutoff import Part, ShutoffPlan
    from pipemap.analysis.steps import Step
    from pipemap.reports.about import About

KIND = "shutoff"
RED, YELLOW, GREEN, BLUE, GREY = "#D1495B", "#EDAE49", "#3C9D6E", "#2E86AB", "#5B6470"
_MOST_NAMED = 8
_ROW_MM = 7.0
_SPAN = 8
"""Columns from the task to the sketch: what is no valve has the room of all of them."""
Way = Literal["close", "return"]


@dataclass(frozen=True, slots=True)
class Done:
    """What a crew reported of one valve; blank is left to be written by hand."""

    time: str = ""
    turns: str = ""
    name: str = ""
    result: str = ""


@dataclass(frozen=True, slots=True)
class PlanRecord:
    """What is known of a plan beside the plan itself, as far as it is a record; all of it may be blank.

    Attributes
    ----------
    number, version
        Of the plan; from version 2 on ``changes`` says what is new in it.
    done
        Key of a valve (:func:`pipemap.analysis.steps.valve_key`) → what was reported of it.
    warning
        What a reader must know first: that it is a draft, or over.
    """

    number: str = ""
    version: int = 1
    reason: str = ""
    starts: str = ""
    ends: str = ""
    author: str = ""
    crew: str = ""
    phone: str = ""
    emergency: bool = False
    changes: tuple[str, ...] = ()
    done: Mapping[str, Done] = field(default_factory=dict)
    warning: str = ""


@dataclass(frozen=True, slots=True)
class ValveFacts:
    """What a person at the valve must know of it beside its step; blank and NaN where not recorded."""

    type: str = ""
    chamber_depth: float = math.nan
    normal_state: str = ""
    last_operated: str = ""
    offsets: tuple[Offset, ...] = ()


@dataclass(frozen=True, slots=True)
class Around:
    """What is gathered around a plan for its ticket.

    Attributes
    ----------
    facts
        Key of a valve → what is known of it.
    picture
        The map with numbered pins; ``None`` where none could be drawn.
    reopen
        Closed valves that could feed some of those cut off meanwhile.
    """

    about: About
    steps: Sequence[Step]
    facts: Mapping[str, ValveFacts]
    picture: Picture | None = None
    reopen: Sequence[Step] = ()


def ticket_report(plan: ShutoffPlan, around: Around, record: PlanRecord, *, way: Way = "close") -> Report:
    """Write the ticket of a plan, or the one that takes it back: the steps reversed."""
    titles = {"close": _("Shut-off ticket"), "return": _("Return ticket")}
    about = around.about
    landscape = Page("A4", landscape=True)
    subject = _subject(plan)
    rows = _closing(plan, around, record) if way == "close" else _returning(plan, around, record)
    sections: list[Section] = [
        Heading(f"{titles[way]}: {subject}"),
        Facts(_head(plan, record), 3),
        *_warnings(plan, record),
        Table(way, _("Steps"), _columns(), rows, row_mm=_ROW_MM, is_form=True, is_titled=False),
        Signatures((_("Issued by"), _("Crew leader"), _("Control room"))),
    ]
    if around.picture is not None:
        sections += [
            PageBreak(Page("A3", landscape=True)),
            Heading(f"{_('Map')}: {subject}", 2),
            _legend(plan, around),
            around.picture,
        ]
    return about.report(KIND, f"{titles[way]} {record.number}".strip(), sections, subject=subject, page=landscape)


def _subject(plan: ShutoffPlan) -> str:
    names = [plan.network.element_id(one) or _("Without an id") for one in plan.request.broken]
    told = ", ".join(names[:_MOST_NAMED])
    return told if len(names) <= _MOST_NAMED else _("{start} and {n} more").format(start=told, n=len(names) - _MOST_NAMED)


# -- head ----------------------------------------------------------------------------------------------------------------


def _head(plan: ShutoffPlan, record: PlanRecord) -> tuple[tuple[str, str], ...]:
    span = " – ".join(part for part in (record.starts, record.ends) if part)
    facts = [
        (_("Ticket no."), f"{record.number}{_(' version ')}{record.version}" if record.version > 1 else record.number),
        (_("Reason"), record.reason),
        (_("Time"), span),
        (_("Crew"), record.crew),
        (_("Telephone"), record.phone),
        (_("Planned by"), record.author),
        (_("Valves to close"), f"{len(plan.close_valves):,}"),
        (_("Contained"), _people(plan.contained)),
        (_("Supply lost"), _people(plan.lost) if plan.supply_known else _("unknown")),
        (_("Volume in the pipes"), f"{plan.volume:,.1f} m³"),
    ]
    return tuple((name, value) for name, value in facts if value)


def _people(part: Part) -> str:
    if not len(part.network.customers):
        return metres(part.length)
    words = _("{length}, customers: {n}, households: {h}")
    return words.format(length=metres(part.length), n=f"{part.customers.count:,}", h=f"{part.customers.households:,}")


def _warnings(plan: ShutoffPlan, record: PlanRecord) -> list[Section]:
    told = [record.warning] if record.warning else []
    told += [_("EMERGENCY: begun without the notice period.")] if record.emergency else []
    told += (
        [_("Changed since version {n}: {what}").format(n=record.version - 1, what="; ".join(record.changes))]
        if record.changes
        else []
    )
    told += plan.notes
    return [Paragraph("\n".join(told), "note")] if told else []


# -- steps ---------------------------------------------------------------------------------------------------------------


def _columns() -> tuple[Column, ...]:
    return (
        Column("step", _("No."), "whole", weight=1.2),
        Column("task", _("Task"), weight=4.6),
        Column("valve", _("Valve, road"), weight=4.2),
        Column("type", _("Size, type"), weight=3.0),
        Column("depth", _("Chamber depth"), "number", "m", 2, weight=2.3),
        Column("turns", _("Turns, to close"), weight=2.5),
        Column("normal", _("Normally, last operated"), weight=2.9),
        Column("place", _("Distances"), weight=2.8),
        Column("sketch", _("Sketch"), weight=4.6),
        Column("time", _("Time"), weight=1.9),
        Column("counted", _("Turns made"), weight=1.7),
        Column("name", _("By"), weight=2.3),
        Column("result", _("Result"), weight=2.6),
    )


def _closing(plan: ShutoffPlan, around: Around, record: PlanRecord) -> tuple[Row, ...]:
    """The steps in their order: warn, stop what feeds from inside, close, verify, drain, make sure, report."""
    told = _told(plan)
    rows: list[tuple[str, Step | None]] = [(text, None) for text in (*_warn(plan), *told("reduce"), *told("stop"))]
    rows += [(_("Close"), one) for one in around.steps if one.task == "close"]
    rows += [(_("Verify that it is closed"), one) for one in around.steps if one.task == "already_closed"]
    rows += [(text, None) for text in (*told("empty"), _("Verify zero flow and zero pressure before anyone enters the pit"))]
    rows += [(_("Open meanwhile, only after a hydraulic and a quality check"), one) for one in around.reopen]
    rows.append((_("Report to the control room that it is shut off"), None))
    return tuple(_row(place, text, one, around, record) for place, (text, one) in enumerate(rows, start=1))


def _returning(plan: ShutoffPlan, around: Around, record: PlanRecord) -> tuple[Row, ...]:
    """The way back: the steps reversed, filling slowly, and nothing ends before every valve is as it normally is."""
    told = _told(plan)
    rows: list[tuple[str, Step | None]] = [(_("Verify that the repair is done and the pit is clear"), None)]
    rows += [(_("Close again"), one) for one in reversed(around.reopen)]
    rows += [(text, None) for text in told("fill")]
    rows += [
        (_("Open slowly, to its normal state"), one) for one in reversed([one for one in around.steps if one.task == "close"])
    ]
    rows += [(_("Stays closed: verify"), one) for one in around.steps if one.task == "already_closed"]
    rows += [(text, None) for text in (*told("start"), *told("assure"))]
    rows.append((_("Report to the control room: every valve is in its normal state, or explained"), None))
    return tuple(_row(place, text, one, around, record) for place, (text, one) in enumerate(rows, start=1))


def _told(plan: ShutoffPlan) -> Callable[[str], list[str]]:
    """What is asked beside the valves, by when."""
    measures = measures_of(plan)
    return lambda stage: [one.text for one in measures if one.stage == stage]


def _row(place: int, task: str, step: Step | None, around: Around, record: PlanRecord) -> Row:
    if step is None:
        return (place, Wide(task, _SPAN), "", "", None, "", "", "", "", "", "", "", "")
    facts, done = around.facts.get(step.key, ValveFacts()), record.done.get(step.key, Done())
    drawn = sketch(facts.offsets)
    picture: Cell = Picture(drawn, name=step.id) if drawn else ""
    distances = "\n".join(f"{one.name} {one.distance:.1f} m" for one in facts.offsets)
    return (
        place,
        f"{task}\n{reason_text(step.reason)}" if step.reason == "close-unsure" else task,
        "\n".join(filter(None, (step.id or _("Without an id"), step.road))),
        "\n".join(filter(None, (f"DN{step.size * 1000:.0f}" if math.isfinite(step.size) else "", facts.type))),
        facts.chamber_depth if math.isfinite(facts.chamber_depth) else None,
        _turns(step),
        "\n".join(filter(None, (_state(facts.normal_state or step.state), facts.last_operated))),
        distances,
        picture,
        done.time,
        done.turns,
        done.name,
        done.result,
    )


def _turns(step: Step) -> str:
    way = values("turn_direction").get(step.turn_direction)
    turns = f"{step.turns:g}" if math.isfinite(step.turns) else ""
    return "\n".join(filter(None, (turns, way.label if way is not None else step.turn_direction)))


def _state(state: str) -> str:
    known = values("state").get(state)
    return known.label if known is not None else state


def _warn(plan: ShutoffPlan) -> list[str]:
    """Those who need supply most are told first, each with the hours of an own tank."""
    rows = np.union1d(plan.contained.customers.rows, plan.lost.customers.rows)
    critical = [one for one in customers_by_need(plan.network, rows) if one.critical]
    if not critical:
        return []
    named = [
        f"{one.name} ({customer_label(one.class_)}{', ' + one.contact if one.contact else ''})" for one in critical[:_MOST_NAMED]
    ]
    more = _(" and {n} more").format(n=len(critical) - _MOST_NAMED) if len(critical) > _MOST_NAMED else ""
    return [_("Warn first: {names}").format(names=", ".join(named) + more)]


# -- map -----------------------------------------------------------------------------------------------------------------


def _legend(plan: ShutoffPlan, around: Around) -> Legend:
    tasks = {one.task for one in around.steps}
    keys = [
        (Key(RED, _("Contained")), True),
        (Key(YELLOW, _("Supply lost")), bool(len(plan.lost))),
        (Key(RED, _("Close, in this order"), "1"), "close" in tasks),
        (Key(GREY, _("Already closed (padlock)")), "already_closed" in tasks),
        (Key("#9AA3AD", _("Not needed (hollow pin)")), "not_needed" in tasks),
        (Key(GREEN, _("Could be opened meanwhile"), "+"), bool(around.reopen)),
        (Key(BLUE, _("Source in the zone")), bool(len(plan.source_rows))),
        (Key("#0B6FE8", _("Broken")), True),
    ]
    return Legend(tuple(key for key, is_there in keys if is_there))
