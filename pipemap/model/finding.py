"""What was found: defects and hazards, the inspections they come from, and the sections that are graded."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.catalog.findings import DEFAULT_SYSTEM, finding_code, finding_system, finding_systems
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.catalog.findings import FindingCode

Element = str | int | None
"""An element by its id or key."""

STATUSES: dict[str, str] = {
    "reported": N_("Reported"),
    "assigned": N_("Assigned"),
    "fixed": N_("Fixed"),
    "rechecked": N_("Checked again"),
    "closed": N_("Closed"),
}
"""The way of a finding, in its order."""

SEVERITIES: dict[str, str] = {"general": N_("General hazard"), "major": N_("Major hazard")}
"""Hazards of a patrol are one of these; that is no grade of a defect."""

INSPECTION_KINDS: dict[str, str] = {
    "cctv": N_("CCTV"),
    "qv": N_("Quick view (QV)"),
    "sonar": N_("Sonar"),
    "person": N_("By a person in the pipe"),
    "mirror": N_("By mirror"),
    "other": N_("Other"),
}
"""How a section was inspected. A quick view gives preliminary grades, a sonar sees functional defects only."""

DIRECTIONS: dict[str, str] = {"with": N_("with the flow"), "against": N_("against the flow")}
"""Which way a camera went."""

LEAST_OVER = 0.05
"""Metres that a station may lie beyond the end of its pipe: tapes and cable counters are no finer."""

_HOURS = 12


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect or hazard.

    Attributes
    ----------
    system, code, grade
        As it was coded. An unknown code is kept and listed.
    kind
        ``defect`` or ``hazard``.
    pipe, node
        Where, by id or key; or neither, and ``x``, ``y`` on the ground.
    from_node, station
        Metres along the pipe from that end of it; without ``from_node`` from its first.
    length
        Metres that a continuous one reaches further; None at a point.
    continuous
        Marks of start and end as written in a source, such as ``A1``.
    clock
        From and to hour, ``0507``; ``0012`` is the crown alone.
    severity
        Of a hazard: ``general`` or ``major``.
    fid
        Its key where it is stored already.
    photos
        Files that belong to it and are not stored yet.
    """

    system: str = DEFAULT_SYSTEM
    code: str = ""
    grade: int | None = None
    kind: str = "defect"
    pipe: Element = None
    node: Element = None
    from_node: Element = None
    station: float | None = None
    length: float | None = None
    continuous: str = ""
    clock: str = ""
    severity: str = ""
    quantity_1: str = ""
    quantity_2: str = ""
    status: str = "reported"
    found: str = ""
    found_by: str = ""
    inspection: int | None = None
    patrol: int | None = None
    x: float | None = None
    y: float | None = None
    source: str = ""
    note: str = ""
    fid: int | None = None
    photos: tuple[Path, ...] = ()

    @property
    def known(self) -> FindingCode | None:
        """What its code stands for; None where nobody knows it."""
        return finding_code(self.system, self.code) if self.system in finding_systems() else None


@dataclass(frozen=True, slots=True)
class Inspection:
    """One visit of a camera or a crew to a section, with what it found.

    Attributes
    ----------
    kind
        One of :data:`INSPECTION_KINDS`.
    section
        Id of the section as printed.
    pipe, from_node, to_node
        Elements by id or key; ``pipe`` where the section is one pipe.
    direction
        ``with`` or ``against`` the flow; empty where unknown.
    length, inspected_length
        Metres as the inspection has them.
    pipe_name, start_name, end_name
        What the file it came from calls the pipe and the ends; so it can be matched later where it was not.
    confidence, reason
        How sure the match is, 0 to 1, and why; 0 where it was not matched, None where nothing was to be matched.
    equipment, calibration
        Robot and camera; certificate of their calibration, and until when it holds.
    water_percent
        Water level in percent of the height of the pipe.
    plugged
        The section was plugged and pumped out for it.
    not_done
        Why a planned inspection was not made; empty where it was.
    fid
        Its key where it is stored already: then it is updated.
    """

    kind: str = "cctv"
    section: str = ""
    pipe: Element = None
    from_node: Element = None
    to_node: Element = None
    inspected: str = ""
    inspector: str = ""
    company: str = ""
    direction: str = ""
    length: float | None = None
    inspected_length: float | None = None
    aborted: bool = False
    cleaned: bool = False
    video: str = ""
    source: str = ""
    note: str = ""
    pipe_name: str = ""
    start_name: str = ""
    end_name: str = ""
    confidence: float | None = None
    reason: str = ""
    equipment: str = ""
    calibration: str = ""
    weather: str = ""
    water_percent: float | None = None
    plugged: bool = False
    not_done: str = ""
    findings: tuple[Finding, ...] = ()
    fid: int | None = None

    @property
    def is_done(self) -> bool:
        """Whether the section was looked at."""
        return not self.not_done.strip()


@dataclass(frozen=True, slots=True)
class Section:
    """What is said of a section (检测管段) beside its pipes: importance of the area (K) and soil (T) of CJJ 181."""

    id: str = ""
    from_node: Element = None
    to_node: Element = None
    length: float | None = None
    area_importance: float | None = None
    soil: float | None = None
    material: str = ""
    diameter_mm: float | None = None
    note: str = ""
    fid: int | None = None


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a finding that a person should look at; ``refused`` when it is not taken where a person enters it."""

    text: str
    refused: bool = True


@dataclass(frozen=True, slots=True)
class Clock:
    """From and to hour on the wall, clockwise, 12 being the crown; both are the same at a single place."""

    start: int
    end: int

    @property
    def angle(self) -> float:
        """Degrees from the crown, clockwise, to its middle."""
        return (self.start % _HOURS) * 30.0 + self.width / 2

    @property
    def width(self) -> float:
        """Degrees that it covers; a whole ring where it goes once around."""
        return ((self.end - self.start) % _HOURS) * 30.0


def clock_of(text: str | None) -> Clock | None:
    """Read ``FFTT``; None where it is empty or no clock.

    Examples
    --------
    >>> clock_of("0507"), clock_of("0012"), clock_of("1319")
    (Clock(start=5, end=7), Clock(start=12, end=12), None)
    """
    parts = re.fullmatch(r"(\d\d)(\d\d)", (text or "").strip())
    if parts is None:
        return None
    start, end = int(parts[1]), int(parts[2])
    if not 0 <= start <= _HOURS or not 1 <= end <= _HOURS:
        return None
    return Clock(start or end, end)


def remarks_of(finding: Finding, pipe_length: float | None = None) -> tuple[Remark, ...]:
    """Return what is odd about a finding: its place, clock, code and grade.

    Parameters
    ----------
    pipe_length
        Metres of its pipe; None where unknown.
    """
    found = [*_place_remarks(finding, pipe_length)]
    if finding.clock and clock_of(finding.clock) is None:
        found.append(Remark(_("“{clock}” is no clock position: two hours of two digits each, such as 0507.").format(
            clock=finding.clock)))  # fmt: skip
    if finding.system not in finding_systems():
        return (*found, Remark(_("There is no coding system “{name}”.").format(name=finding.system)))
    return (*found, *_code_remarks(finding))


def _code_remarks(finding: Finding) -> list[Remark]:
    system, known = finding_system(finding.system), finding.known
    if not finding.code.strip():
        return [Remark(_("It has no code."))]
    found = []
    if known is None:
        message = _("{system} has no code “{code}” that is known here; it is kept as written.")
        found.append(Remark(message.format(system=system.label, code=finding.code), refused=False))
    allowed = system.grades if known is None else known.grades
    if finding.grade is not None and finding.grade not in allowed:
        message = _("“{code}” cannot have grade {grade}: {grades}.") if allowed else _("“{code}” has no grades.")
        grades = ", ".join(map(str, allowed))
        found.append(Remark(message.format(code=finding.code, grade=finding.grade, grades=grades)))
    elif finding.grade is None and known is not None and known.rules:
        found.append(Remark(_("“{code}” has no grade, so it is not scored.").format(code=finding.code), refused=False))
    return found


def _place_remarks(finding: Finding, pipe_length: float | None) -> list[Remark]:
    if finding.pipe is None and finding.node is None and (finding.x is None or finding.y is None):
        return [Remark(_("It lies at no pipe, node or place."), refused=False)]
    if finding.pipe is None:
        return []
    if finding.station is None:
        return [Remark(_("It has no station on its pipe."), refused=False)]
    reach = finding.length or 0.0
    if finding.station < 0 or reach < 0:
        return [Remark(_("Station and length are not negative."))]
    if pipe_length is not None and finding.station + reach > pipe_length + LEAST_OVER:
        message = _("Station {station} m is beyond the end of the pipe, which is {length} m long.")
        return [Remark(message.format(station=f"{finding.station + reach:g}", length=f"{pipe_length:.2f}"))]
    return []


@dataclass(frozen=True, slots=True)
class StoredFinding:
    """A finding as it is in the survey, with the printed ids of where it lies and what is odd about it."""

    finding: Finding
    pipe_id: str = ""
    node_id: str = ""
    from_id: str = ""
    pipe_length: float | None = None
    photos: int = 0
    remarks: tuple[Remark, ...] = field(default=())

    @property
    def fid(self) -> int:
        """Its key."""
        return self.finding.fid or 0

    @property
    def place(self) -> str:
        """Id of the pipe or node; empty on the ground."""
        return self.pipe_id or self.node_id
