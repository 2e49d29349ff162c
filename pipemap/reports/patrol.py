"""A patrol on paper: the sheet that a crew takes along (巡检任务单), and the report of what it did (巡检报告)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipemap.reports.about import About, bound_report, withheld_note
from pipemap.reports.content import (
    Column,
    Facts,
    Heading,
    Key,
    Legend,
    Paragraph,
    Picture,
    Report,
    Row,
    Section,
    Signatures,
    Table,
)
from pipemap.reports.patrol_hazards import HazardLine, ledger, notices
from pipemap.reports.text import UNKNOWN
from pipemap.texts import _

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
class ReadingLine:
    """One reading; ``beyond``: out of its limit."""

    where: str
    kind: str
    value: str
    limit: str
    taken: str
    taken_by: str
    beyond: bool = False


@dataclass(frozen=True, slots=True)
class WorksLines:
    """Works of others: what is told of them by name, visits (when, who, state, note), and what is overdue."""

    facts: tuple[tuple[str, str], ...]
    visits: Sequence[tuple[str, str, str, str]] = ()
    overdue: Sequence[str] = ()


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
    walked_seconds, driven_seconds, dwelt
        Seconds on foot, driving, and at required points.
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
    readings: Sequence[ReadingLine] = ()
    works: WorksLines | None = None
    walked_seconds: float = 0.0
    driven_seconds: float = 0.0
    dwelt: float = 0.0

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
    body: list[Section] = [
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
        *_works(content),
        *_readings(content),
        Heading(_("Hazard ledger")),
        *ledger(content.hazards),
    ]
    signed_by, name = (_("Patrol crew"), _("Reviewed"), _("Head of the unit")), content.patrol.name
    return bound_report(
        about,
        KIND,
        _("Patrol report"),
        body,
        signed_by=signed_by,
        subject=name,
        facts=_who(content.patrol),
        annex=notices(content.hazards),
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
    return about.report(KIND, title, sections, subject=content.patrol.name)


def _m(metres: float) -> str:
    return f"{metres:,.0f} m"


def _at_speed(metres: float, seconds: float) -> str:
    """Metres, and how fast where times tell."""
    if seconds <= 0 or metres <= 0:
        return _m(metres)
    return f"{_m(metres)} ({3.6 * metres / seconds:.1f} km/h)"


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
        (_("Walked, by the tracks"), _at_speed(content.walked, content.walked_seconds)),
        (_("Driven, by the tracks"), _at_speed(content.driven, content.driven_seconds)),
        (_("At required points"), _("{n} min").format(n=f"{content.dwelt / 60:,.0f}")),
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


# -- readings and works ------------------------------------------------------------------------------------------------------


def _readings(content: PatrolContent) -> list[Section]:
    if not content.readings:
        return []
    title = _("Readings")
    columns = (
        Column("where", _("Where"), weight=1.5),
        Column("kind", _("What was measured"), weight=2),
        Column("value", _("Value"), weight=1.2),
        Column("limit", _("Limit"), weight=1.2),
        Column("beyond", _("Beyond"), weight=0.8),
        Column("taken", _("Taken"), weight=1.6),
        Column("by", _("Who"), weight=1.2),
    )
    rows: list[Row] = [
        (one.where, one.kind, one.value, one.limit, _("yes") if one.beyond else "", one.taken, one.taken_by)
        for one in content.readings
    ]
    strong = frozenset(place for place, one in enumerate(content.readings) if one.beyond)
    note = _("Limits are those that the survey sets; our own starting values are unverified, and not the law's.")
    return [Heading(title), Table("readings", title, columns, rows, strong=strong, is_titled=False), Paragraph(note, "quiet")]


def _works(content: PatrolContent) -> list[Section]:
    works = content.works
    if works is None:
        return []
    columns = (
        Column("visited", _("When"), weight=1.5),
        Column("visitor", _("Who"), weight=1.2),
        Column("state", _("State"), weight=1.2),
        Column("note", _("Note"), weight=3),
    )
    sections: list[Section] = [Heading(_("Works of others")), Facts(works.facts)]
    sections += [Paragraph(text, "note") for text in works.overdue]
    sections.append(Heading(_("Visits"), 2))
    if not works.visits:
        return [*sections, Paragraph(_("Nobody was there yet."))]
    return [*sections, Table("visits", _("Visits"), columns, list(works.visits), is_titled=False)]
