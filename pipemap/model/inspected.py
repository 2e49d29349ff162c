"""What a camera's files say: inspections with their findings as delivered, before they are matched to a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipemap.model.problem import Problem

System = Literal["cjj181", "en13508", "pacp"]
Direction = Literal["with", "against", ""]


@dataclass(frozen=True, slots=True)
class Observed:
    """One line of an inspection.

    Attributes
    ----------
    station
        Metres from where the camera set out; None where the file does not tell.
    code
        As the coding system writes it, its characterisations behind a dot each: ``PL``, ``BAB.B.A``.
    length
        Metres of a continuous one, None for a point; ``continuous`` is its label in the file (``A1``).
    clock
        From and to hour, four digits: ``0507``; ``0012`` is a single place; empty where not told.
    grade
        In the system's own scale; None where the file has none.
    quantity_1, quantity_2
        As written.
    photos
        Names of files.
    """

    station: float | None
    code: str
    length: float | None = None
    continuous: str = ""
    clock: str = ""
    grade: int | None = None
    quantity_1: str = ""
    quantity_2: str = ""
    photos: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Inspected:
    """One run of a camera through a pipe or down a manhole, as its file tells it.

    Attributes
    ----------
    kind
        ``pipe`` or ``node``.
    name
        What the file calls the pipe or section; of a manhole its id.
    start, end
        Ids of the nodes where the camera set out and where it went; stations count from ``start``.
    start_place, end_place
        East and north of these, where the file has them.
    direction
        With or against the flow, as the file says; empty where it does not.
    length, inspected_length
        Metres of the whole, and of what was seen; None where unknown.
    water_percent
        Water level in percent of the height.
    not_done
        Why the section was not inspected; empty where it was.
    found_in
        Place in the source, for a person.
    """

    kind: Literal["pipe", "node"]
    name: str
    start: str = ""
    end: str = ""
    start_place: tuple[float, float] | None = None
    end_place: tuple[float, float] | None = None
    direction: Direction = ""
    length: float | None = None
    inspected_length: float | None = None
    aborted: bool = False
    cleaned: bool | None = None
    plugged: bool | None = None
    equipment: str = ""
    calibration: str = ""
    weather: str = ""
    water_percent: float | None = None
    not_done: str = ""
    diameter_mm: float | None = None
    material: str = ""
    inspected: str = ""
    inspector: str = ""
    company: str = ""
    system: System = "en13508"
    video: str = ""
    note: str = ""
    found_in: str = ""
    observed: tuple[Observed, ...] = ()


@dataclass(frozen=True, slots=True)
class InspectionDelivery:
    """Everything that one or several files of inspections hold.

    ``format`` is the name of the format, ``source`` names the files, ``problems`` what was odd in them.
    """

    inspections: tuple[Inspected, ...]
    format: str
    source: str
    problems: tuple[Problem, ...] = ()

    @property
    def finding_count(self) -> int:
        """Lines of all inspections."""
        return sum(len(one.observed) for one in self.inspections)
