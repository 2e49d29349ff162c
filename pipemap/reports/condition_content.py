"""What a report on inspected sections tells, before it is put in order: sections with their findings, visits, manholes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipemap.analysis.condition import Rating
    from pipemap.reports.content import Picture

GRADES = ("I", "II", "III", "IV")


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One finding of a section; ``pictures`` are those that are there, ``has_no_picture`` says 缺图 where one should be."""

    station: float
    length: float | None
    code: str
    name: str
    grade: int | None
    score: float | None
    clock: str
    remark: str
    pictures: tuple[Picture, ...] = ()
    has_no_picture: bool = False
    side: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One section.

    Attributes
    ----------
    facts
        What is known of it: pipes, diameter, material, date, crew.
    strip
        Its sketch with the defects where they lie.
    road, customers, depth
        What hangs on it.
    """

    name: str
    length: float | None
    diameter_mm: float | None
    structural: Rating | None
    functional: Rating | None
    findings: tuple[FindingLine, ...]
    facts: tuple[tuple[str, str], ...] = ()
    strip: Picture | None = None
    notes: tuple[str, ...] = ()
    kind: str = ""
    road: str = ""
    customers: int = 0
    depth: float | None = None

    def grade(self, scale: str) -> str:
        """Return its grade of ``repair`` or ``maintenance``; empty where there is none."""
        rating = self.structural if scale == "repair" else self.functional
        return rating.index_grade.grade if rating is not None and rating.index_grade is not None else ""


@dataclass(frozen=True, slots=True)
class VisitLine:
    """One inspection, made or not; lengths in metres, ``length`` that of the section."""

    section: str
    kind: str
    date: str
    inspector: str
    company: str
    length: float | None
    inspected: float | None
    direction: str = ""
    road: str = ""
    equipment: str = ""
    calibration: str = ""
    weather: str = ""
    water_percent: float | None = None
    cleaned: bool = False
    plugged: bool = False
    aborted: bool = False
    not_done: str = ""
    remark: str = ""

    @property
    def is_done(self) -> bool:
        """Whether the section was looked at, if only in part."""
        return not self.not_done


@dataclass(frozen=True, slots=True)
class ManholeLine:
    """One manhole: when it was inspected, what was found at it, the worst grade."""

    name: str
    kind: str
    road: str
    depth: float | None
    date: str
    found: str
    count: int
    worst: int | None
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class ConditionContent:
    """What was found.

    Attributes
    ----------
    sheets
        The most urgent section first.
    visits
        Every inspection, also those that were not made.
    systems
        Coding systems that were used, by their titles; those that are not rated here with how much they hold.
    task_map, condition_map
        Where it was inspected and where not, and how the sections stand.
    exceptions
        What is not in the figures, and why.
    """

    sheets: Sequence[Sheet]
    visits: Sequence[VisitLine] = ()
    systems: Sequence[str] = ()
    manholes: Sequence[ManholeLine] = ()
    task_map: Picture | None = None
    condition_map: Picture | None = None
    exceptions: Sequence[str] = ()

    @property
    def done(self) -> list[VisitLine]:
        """Inspections that were made."""
        return [one for one in self.visits if one.is_done]

    @property
    def not_done(self) -> list[VisitLine]:
        """Inspections that were not."""
        return [one for one in self.visits if not one.is_done]
