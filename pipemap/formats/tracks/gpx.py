"""GPX 1.0 and 1.1, and what programs write under that name: track points by their local name, one part a segment."""

from __future__ import annotations

import io
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.errors import SurveyFileError
from pipemap.formats.tracks.reader import Point, number, seconds
from pipemap.texts import _

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_POINTS = {"trkpt", "rtept"}
_PARTS = {"trkseg", "rte"}


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


def _walk(file: Path) -> Iterator[tuple[str, Point]]:
    from defusedxml import ElementTree
    from defusedxml.common import DefusedXmlException

    part = 0
    try:
        for _event, element in ElementTree.iterparse(_source(file), events=("end",)):
            name = str(element.tag).rpartition("}")[2]
            if name in _POINTS:
                yield name, _point(element, part)
                element.clear()
            elif name in _PARTS:
                part += 1
                element.clear()
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise SurveyFileError(_("{file} cannot be read: {reason}").format(file=file.name, reason=error)) from error


def _source(file: Path) -> io.BytesIO:
    """The file without blanks before its first sign, which some programs leave there."""
    return io.BytesIO(file.read_bytes().lstrip(b" \t\r\n"))


def _point(element: Element, part: int) -> Point:
    time = math.nan
    for child in element:
        if str(child.tag).rpartition("}")[2] == "time":
            time = seconds(child.text or "")
    return number(element.get("lon")), number(element.get("lat")), time, part
