"""GPX 1.0 and 1.1, and what programs write under that name: track points by their local name, one part a segment."""

from __future__ import annotations

import io
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.errors import SurveyFileError
from pipemap.formats.tracks.reader import LARGEST, Point, number, seconds
from pipemap.texts import _

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_POINTS = {"trkpt", "rtept"}
_PARTS = {"trkseg", "rte"}
_LONGEST = 2_000
"""Characters of what was written at a place."""


def points(file: Path, counts: Counter[str]) -> Iterator[Point]:
    """Yield the points of tracks; those of routes only where there is no track."""
    found: dict[str, list[Point]] = {"trkpt": [], "rtept": []}
    for kind, point in _walk(file):
        found[kind].append(point)
    if found["trkpt"]:
        yield from found["trkpt"]
        return
    counts["route"] = len(found["rtept"])
    yield from found["rtept"]


@dataclass(frozen=True, slots=True)
class Marked:
    """A place that somebody marked on the way: degrees, seconds since 1970 in UTC (NaN unknown), and what was written."""

    lon: float
    lat: float
    time: float
    name: str
    note: str


def marked_places(file: Path) -> list[Marked]:
    """Return the waypoints of a GPX file, without those that have no place on the earth.

    Raises
    ------
    SurveyFileError
        It is no GPX file, or too large.
    """
    if not file.is_file() or file.stat().st_size > LARGEST:
        raise SurveyFileError(_("{file} cannot be read: {reason}").format(file=file.name, reason=_("no such file, or too large")))
    found = []
    for element in _elements(file):
        if _name(element) == "wpt":
            lon, lat, time, _part = _point(element, 0)
            words = {_name(child): (child.text or "").strip() for child in element}
            if abs(lon) <= 180 and abs(lat) <= 90:  # noqa: PLR2004 -- NaN is neither
                note = words.get("desc") or words.get("cmt") or ""
                found.append(Marked(lon, lat, time, words.get("name", "")[:_LONGEST], note[:_LONGEST]))
    return found


def _walk(file: Path) -> Iterator[tuple[str, Point]]:
    part = 0
    for element in _elements(file):
        name = _name(element)
        if name in _POINTS:
            yield name, _point(element, part)
            element.clear()
        elif name in _PARTS:
            part += 1
            element.clear()


def _name(element: Element) -> str:
    """Its name without the namespace."""
    return str(element.tag).rpartition("}")[2]


def _elements(file: Path) -> Iterator[Element]:
    """Yield each element as it ends."""
    from defusedxml import ElementTree
    from defusedxml.common import DefusedXmlException

    try:
        for _event, element in ElementTree.iterparse(_source(file), events=("end",)):
            yield element
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise SurveyFileError(_("{file} cannot be read: {reason}").format(file=file.name, reason=error)) from error


def _source(file: Path) -> io.BytesIO:
    """The file without blanks before its first sign, which some programs leave there."""
    return io.BytesIO(file.read_bytes().lstrip(b" \t\r\n"))


def _point(element: Element, part: int) -> Point:
    time = math.nan
    for child in element:
        if _name(child) == "time":
            time = seconds(child.text or "")
    return number(element.get("lon")), number(element.get("lat")), time, part
