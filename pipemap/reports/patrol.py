"""A patrol on paper: the sheet that a crew takes along (巡检任务单), and the report of what it did (巡检报告)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipemap.reports.content import (
    Column,
    Contents,
    Cover,
    Facts,
    Heading,
    Key,
    Legend,
    PageBreak,
    Paragraph,
    Picture,
    Report,
    Row,
    Section,
    Signatures,
    Table,
)
from pipemap.reports.inventory import About, cover_facts, withheld_note
from pipemap.reports.text import UNKNOWN
from pipemap.texts import _, language

KIND = "patrol"
PASSED, MISSED = "#3C9D6E", "#D1495B"


@dataclass(frozen=True, slots=True)
class PatrolWords:
    """The patrol itself, in words; empty where unknown."""

    number: int
    name: str
    kind: str
    mode: str
    status: str
    crew: str
    weather: str
    planned: str
    due: str
    started: str
    finished: str
    note: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """One pipe of a patrol: metres planned and passed, when, and why not."""

    pipe: str
    category: str
    road: str
    length: float
    passed: float
    when: str
    reason: str


@dataclass(frozen=True, slots=True)
class Point:
    """One required point: whether somebody was there, since when, and how many seconds."""

    node: str
    kind: str
    present: bool
    when: str
    dwell: float


@dataclass(frozen=True, slots=True)
class Group:
    """Metres of one road or category."""

    name: str
    planned: float
    passed: float


@dataclass(frozen=True, slots=True)
class HazardLine:
    """One hazard of the ledger; ``overdue``: it should have been fixed by now."""

    number: int
    kind: str
    severity: str
    status: str
    where: str
    found: str
    due: str
    assignee: str
    fixed: str
    rechecked: str
    note: str
    photos: Sequence[Picture] = ()
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class PatrolContent:
    """What the paper tells.

    Attributes
    ----------
    walked, driven
        Metres of the tracks.
    uncounted
        Gaps and jumps of the tracks.
    tolerance
        Metres within which something counts as passed.
    walk
        Metres of the planned way.
    """

    patrol: PatrolWords
    stretches: Sequence[Stretch]
    points: Sequence[Point]
    roads: Sequence[Group]
    categories: Sequence[Group]
    hazards: Sequence[HazardLine] = ()
    walked: float = 0.0
    driven: float = 0.0
    uncounted: int = 0
    tolerance: float = 10.0
    walk: float = 0.0
    tracks: Sequence[str] = ()

    @property
    def planned(self) -> float:
        """Metres that were to be passed."""
        return sum(one.length for one in self.stretches)

    @property
    def passed(self) -> float:
        """Metres that were passed."""
        return sum(one.passed for one in self.stretches)


def patrol_report(content: PatrolContent, about: About, *, picture: Picture | None = None) -> Report:
    """Return the report of what a patrol did."""
    title = _("Patrol report")
    sections: list[Section] = [
        Cover(title, content.patrol.name, (*_who(content.patrol), *cover_facts(about))),
        Contents(_("Table of contents")),
        Heading(_("Planned and done")),
        Facts(_done(content)),
        Paragraph(_method(content), "quiet"),
        *withheld_note(about),
        *_map(picture),
        Heading(_("By road")),
        _groups("roads", _("By road"), _("Road"), content.roads),
        Heading(_("By category")),
        _groups("categories", _("By category"), _("Category"), content.categories),
        Heading(_("Missed, and why")),
        *_missed(content),
        Heading(_("Required points")),
        *_points(content),
        Heading(_("Hazard ledger")),
        *_ledger(content),
        *_notices(content),
        Signatures((_("Patrol crew"), _("Reviewed"), _("Head of the unit"))),
    ]
    return Report(
        KIND, title, tuple(sections), language(), about.name, about.state, about.as_of, about.printed, content.patrol.name
    )


def patrol_sheet(content: PatrolContent, about: About, *, picture: Picture | None = None) -> Report:
    """Return the sheet that a crew takes along: what to pass in which order, with room to write."""
    title = _("Patrol sheet")
    columns = (
        Column("order", _("No."), "whole"),
        Column("pipe", _("Pipe"), weight=2),
        Column("category", _("Category"), weight=1.2),
        Column("road", _("Road"), weight=1.6),
        Column("length", _("Length"), "number", unit="m"),
        Column("done", _("Patrolled"), weight=0.7),
        Column("seen", _("What was seen"), weight=2.5),
    )
    rows: list[Row] = [
        (place, one.pipe, one.category, one.road or UNKNOWN, round(one.length, 1), "", "")
        for place, one in enumerate(content.stretches, start=1)
    ]
    sections: list[Section] = [
        Heading(f"{title}: {content.patrol.name}"),
        Facts((*_who(content.patrol), (_("Length"), _m(content.planned)), (_("Way on foot"), _m(content.walk)))),
        Paragraph(_("The order is a short way past everything; between stretches it is counted straight."), "quiet"),
        *([picture] if picture else []),
        *_blank_points(content),
        Heading(_("Stretches, in the order of the way")),
        Table("sheet", _("Stretches, in the order of the way"), columns, rows, row_mm=7, is_form=True, is_titled=False),
        Signatures((_("Patrol crew"), _("Handed out by"))),
    ]
    return Report(
        KIND, title, tuple(sections), language(), about.name, about.state, about.as_of, about.printed, content.patrol.name
    )


def _m(metres: float) -> str:
    return f"{metres:,.0f} m"


def _percent(part: float, whole: float) -> str:
    return f"{part / whole:.1%}" if whole > 0 else UNKNOWN


def _who(patrol: PatrolWords) -> tuple[tuple[str, str], ...]:
    facts = (
        (_("No."), str(patrol.number)),
        (_("Kind"), patrol.kind),
        (_("Crew"), patrol.crew),
        (_("Mode"), patrol.mode),
        (_("Weather"), patrol.weather),
        (_("State"), patrol.status),
        (_("Due"), patrol.due),
        (_("Begun"), patrol.started),
        (_("Ended"), patrol.finished),
        (_("Note"), patrol.note),
    )
    return tuple((name, value or UNKNOWN) for name, value in facts)


def _done(content: PatrolContent) -> tuple[tuple[str, str], ...]:
    planned, passed = content.planned, content.passed
    there = sum(one.present for one in content.points)
    return (
        (_("Planned length"), _m(planned)),
        (_("Passed length"), f"{_m(passed)} ({_percent(passed, planned)})"),
        (_("Missed length"), _m(planned - passed)),
        (_("Required points"), f"{there:,} / {len(content.points):,}"),
        (_("Walked, by the tracks"), _m(content.walked)),
        (_("Driven, by the tracks"), _m(content.driven)),
        (_("Hazards"), f"{len(content.hazards):,}"),
        (_("Overdue hazards"), f"{sum(one.overdue for one in content.hazards):,}"),
        (_("Tracks"), ", ".join(content.tracks) or UNKNOWN),
    )


def _method(content: PatrolContent) -> str:
    words = _(
        "A pipe counts as passed where a track comes within {m} m of it. Gaps and jumps of the tracks count for nothing: {n}."
    )
    return words.format(m=f"{content.tolerance:g}", n=content.uncounted)


def _map(picture: Picture | None) -> list[Section]:
    if picture is None:
        return []
    return [Heading(_("Map")), picture, Legend((Key(PASSED, _("Patrolled")), Key(MISSED, _("Missed"))))]


def _groups(name: str, title: str, head: str, groups: Sequence[Group]) -> Table:
    columns = (
        Column("name", head, weight=3),
        Column("planned", _("To be passed"), "number", unit="m"),
        Column("passed", _("Patrolled"), "number", unit="m"),
        Column("missed", _("Missed"), "number", unit="m"),
        Column("share", _("Share passed"), "number", unit="%"),
    )

    def row(label: str, planned: float, passed: float) -> Row:
        share = round(100 * passed / planned, 1) if planned > 0 else None
        return (label, round(planned, 1), round(passed, 1), round(planned - passed, 1), share)

    rows = [row(one.name or _("Unknown"), one.planned, one.passed) for one in groups]
    total = row(_("Together"), sum(one.planned for one in groups), sum(one.passed for one in groups))
    return Table(name, title, columns, rows, total, is_titled=False)


def _missed(content: PatrolContent) -> list[Section]:
    missed = [one for one in content.stretches if one.reason]
    if not missed:
        return [Paragraph(_("Everything that was planned was passed."))]
    columns = (
        Column("pipe", _("Pipe"), weight=2),
        Column("category", _("Category"), weight=1.2),
        Column("road", _("Road"), weight=2),
        Column("length", _("Length"), "number", unit="m"),
        Column("missed", _("Missed"), "number", unit="m"),
        Column("reason", _("Reason"), weight=2),
    )
    rows: list[Row] = [
        (one.pipe, one.category, one.road or UNKNOWN, round(one.length, 1), round(one.length - one.passed, 1), one.reason)
        for one in missed
    ]
    return [Table("missed", _("Missed, and why"), columns, rows, is_titled=False)]


def _points(content: PatrolContent) -> list[Section]:
    if not content.points:
        return [Paragraph(_("No points were required."))]
    columns = (
        Column("node", _("Node"), weight=2),
        Column("kind", _("Kind"), weight=2),
        Column("present", _("Presence"), weight=1),
        Column("when", _("Time (UTC)"), weight=2),
        Column("dwell", _("Stayed"), "whole", unit="s"),
    )
    rows: list[Row] = [
        (one.node, one.kind or UNKNOWN, _("yes") if one.present else _("no"), one.when or UNKNOWN, round(one.dwell))
        for one in content.points
    ]
    return [Table("points", _("Required points"), columns, rows, is_titled=False)]


def _blank_points(content: PatrolContent) -> list[Section]:
    if not content.points:
        return []
    columns = (
        Column("node", _("Node"), weight=1.5),
        Column("kind", _("Kind"), weight=1.5),
        Column("time", _("Time"), weight=1),
        Column("seen", _("What was seen"), weight=3),
    )
    rows: list[Row] = [(one.node, one.kind or UNKNOWN, "", "") for one in content.points]
    title = _("Required points")
    return [Heading(title), Table("required", title, columns, rows, row_mm=7, is_form=True, is_titled=False)]


def _ledger(content: PatrolContent) -> list[Section]:
    if not content.hazards:
        return [Paragraph(_("No hazards were recorded."))]
    columns = (
        Column("number", _("No."), "whole"),
        Column("kind", _("Hazard"), weight=1.8),
        Column("severity", _("Severity"), weight=1),
        Column("where", _("Where"), weight=1.8),
        Column("found", _("Found on"), weight=1.6),
        Column("status", _("State"), weight=1),
        Column("assignee", _("Assigned to"), weight=1.2),
        Column("due", _("Due"), weight=1.1),
        Column("fixed", _("Fixed"), weight=1.6),
        Column("rechecked", _("Checked again"), weight=1.6),
    )
    rows: list[Row] = [
        (one.number, one.kind, one.severity, one.where, one.found, one.status, one.assignee, one.due, one.fixed, one.rechecked)
        for one in content.hazards
    ]
    strong = frozenset(place for place, one in enumerate(content.hazards) if one.overdue)
    return [Table("ledger", _("Hazard ledger"), columns, rows, strong=strong, is_titled=False)]


def _notices(content: PatrolContent) -> list[Section]:
    """One rectification notice (整改通知书) a hazard that is not fixed yet, each on a sheet of its own."""
    sections: list[Section] = []
    for one in content.hazards:
        if one.fixed:
            continue
        facts = (
            (_("Hazard"), one.kind),
            (_("Severity"), one.severity or UNKNOWN),
            (_("Where"), one.where or UNKNOWN),
            (_("Found on"), one.found or UNKNOWN),
            (_("Assigned to"), one.assignee or UNKNOWN),
            (_("To be fixed by"), (f"{one.due} – {_('overdue')}" if one.overdue else one.due) or UNKNOWN),
        )
        sections += [PageBreak(), Heading(_("Rectification notice {n}").format(n=one.number)), Facts(facts)]
        sections += [Paragraph(one.note)] if one.note else []
        sections += list(one.photos) or [Paragraph(_("No photo of it"), "note")]
        sections += [Paragraph(_("Re-check, with photo:")), Signatures((_("Fixed by"), _("Checked again by")))]
    return sections
