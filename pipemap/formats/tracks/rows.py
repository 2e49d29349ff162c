"""Tables of points: a column of longitudes, one of latitudes, and where there is one, times."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipemap.errors import SurveyDataError, SurveyFileError
from pipemap.formats.survey_tables.decoding import decode
from pipemap.formats.tracks.reader import Point, number, seconds
from pipemap.texts import _

_HEADS = {
    "lon": ("lon", "lng", "long", "longitude", "x", "经度"),
    "lat": ("lat", "latitude", "y", "纬度"),
    "time": ("time", "timestamp", "datetime", "date", "时间", "定位时间", "采集时间"),
    "part": ("segment", "part", "track", "分段", "段号"),
}
"""What columns are called; the first that is there counts."""
_SEPARATORS = ",;\t|"


def points(file: Path, counts: Counter[str]) -> Iterator[Point]:
    """Yield one point a row; rows without numbers where the place stands are counted."""
    text = decode(file.read_bytes()).text
    lines = csv.reader(io.StringIO(text.replace("\0", "")), delimiter=_separator(text))
    try:
        columns = _columns(next(lines, []), file.name)
        parts: dict[str, int] = {}
        for row in lines:
            point = _point(row, columns, parts)
            if math.isnan(point[0]) or math.isnan(point[1]):
                counts["rows"] += bool(row)
                continue
            yield point
    except csv.Error as error:
        raise SurveyFileError(_("{file} cannot be read: {reason}").format(file=file.name, reason=error)) from error


def _separator(text: str) -> str:
    head = text.partition("\n")[0]
    return max(_SEPARATORS, key=head.count)


def _columns(head: Sequence[str], name: str) -> dict[str, int]:
    titles = [title.strip().lower() for title in head]
    found = {what: titles.index(word) for what, words in _HEADS.items() for word in reversed(words) if word in titles}
    if "lon" not in found or "lat" not in found:
        raise SurveyDataError(
            _("{file} has no columns of longitude and latitude; it has {columns}.").format(
                file=name, columns=", ".join(titles)[:200] or "–"
            ),
            _("Call them lon and lat, or 经度 and 纬度; times stand under time or 时间."),
        )
    return found


def _point(row: Sequence[str], columns: dict[str, int], parts: dict[str, int]) -> Point:
    def cell(what: str) -> str:
        place = columns.get(what, len(row))
        return row[place].strip() if place < len(row) else ""

    return number(cell("lon")), number(cell("lat")), seconds(cell("time")), parts.setdefault(cell("part"), len(parts))
