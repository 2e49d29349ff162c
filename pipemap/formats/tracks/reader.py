"""Files of tracks → longitudes, latitudes and times: what cannot be used is counted and said, and nothing of it is made up."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipemap.errors import SurveyDataError, SurveyFileError
from pipemap.progress import SILENT, Progress
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST = 256 * 1024 * 1024
"""Bytes of a file that is read at all."""
MOST_POINTS = 2_000_000
"""Points of one track: three weeks of one a second."""
_HALF_TURN, _POLE = 180.0, 90.0

NOTES = {
    "no-place": N_("Points without a place on the earth, left out: {n}."),
    "no-time": N_("Points without a time: {n}. Walking and driving cannot be told apart there."),
    "order": N_("Points whose time is before that of the point before: {n}."),
    "cut": N_("The file has more points than are read; the first {n} are."),
    "rows": N_("Rows that are no points, left out: {n}."),
    "route": N_("The file holds a planned route, not a track: its points have no times that somebody was there ({n})."),
}
"""What a reader remarks, with how often."""


@dataclass(slots=True)
class Read:
    """A track as a file has it.

    Attributes
    ----------
    places
        float64 (n, 2): longitude and latitude.
    time
        float64 (n): seconds since 1970 in UTC, NaN where unknown.
    part
        int64 (n): number of the part; between two nothing was recorded.
    counts
        Key of :data:`NOTES` → how often.
    """

    name: str
    places: NDArray[np.float64]
    time: NDArray[np.float64]
    part: NDArray[np.int64]
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def notes(self) -> list[str]:
        """What to know of it, in the language on screen."""
        return [_(NOTES[key]).format(n=f"{n:,}") for key, n in self.counts.items() if n]


Point = tuple[float, float, float, int]
"""Longitude, latitude, time and part."""


def read_track(path: Path | str, *, progress: Progress = SILENT) -> Read:
    """Read one file, by its ending: ``.gpx``, ``.csv`` or ``.txt``, ``.geojson`` or ``.json``.

    Raises
    ------
    SurveyFileError
        It is not there, too large, or no file of its kind.
    SurveyDataError
        It holds no points.
    """
    file = Path(path)
    progress(0, None, _("Reading {file}").format(file=file.name))
    counts: Counter[str] = Counter()
    points = list(_limited(_points_of(file, counts), counts))
    if not points:
        raise SurveyDataError(_("{file} holds no track.").format(file=file.name), " ".join(_said(counts)))
    rows = np.array(points, dtype=np.float64)
    read = Read(file.name, rows[:, :2].copy(), rows[:, 2].copy(), rows[:, 3].astype(np.int64), counts)
    _remark(read)
    return read


def _said(counts: Counter[str]) -> list[str]:
    return [_(NOTES[key]).format(n=f"{n:,}") for key, n in counts.items() if n]


def _points_of(file: Path, counts: Counter[str]) -> Iterator[Point]:
    from pipemap.formats.tracks import geojson, gpx, rows

    readers = {".gpx": gpx.points, ".csv": rows.points, ".txt": rows.points, ".geojson": geojson.points, ".json": geojson.points}
    reader = readers.get(file.suffix.lower())
    if reader is None:
        raise SurveyFileError(
            _("{file} is no track that can be read.").format(file=file.name), _("Tracks are GPX, CSV or GeoJSON files.")
        )
    try:
        size = file.stat().st_size
        if size > LARGEST:
            raise SurveyFileError(_("{file} is larger than any track ({size} MB).").format(file=file.name, size=size // 2**20))
        yield from reader(file, counts)
    except OSError as error:
        if isinstance(error, SurveyFileError):
            raise
        reason = error.strerror or error
        raise SurveyFileError(_("{file} cannot be read: {reason}").format(file=file.name, reason=reason)) from error


def _limited(points: Iterable[Point], counts: Counter[str]) -> Iterator[Point]:
    kept = 0
    for point in points:
        if not (abs(point[0]) <= _HALF_TURN and abs(point[1]) <= _POLE):  # NaN too
            counts["no-place"] += 1
            continue
        if kept == MOST_POINTS:
            counts["cut"] = MOST_POINTS
            return
        kept += 1
        yield point


def _remark(read: Read) -> None:
    read.counts["no-time"] = int(np.isnan(read.time).sum())
    back = (np.diff(read.time) < 0) & (np.diff(read.part) == 0)
    read.counts["order"] = int(back.sum())


# -- values, for all readers -----------------------------------------------------------------------------------------------


def number(value: Any) -> float:  # noqa: ANN401 -- whatever a file has there
    """Return a number, NaN where there is none."""
    if isinstance(value, bool) or value is None:
        return math.nan
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan
    return found if math.isfinite(found) else math.nan


def seconds(value: Any) -> float:  # noqa: ANN401 -- whatever a file has there
    """Return a time as seconds since 1970, NaN where there is none; without a zone it is taken as UTC.

    Examples
    --------
    >>> seconds("2026-11-25T08:00:00+08:00"), seconds("1970-01-02"), seconds("soon")
    (1795564800.0, 86400.0, nan)
    """
    plain = number(value)
    if not math.isnan(plain):
        return _epoch(plain)
    if not isinstance(value, str):
        return math.nan
    text = value.strip().replace("/", "-")
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, OSError):
        return math.nan


_FIRST, _LAST = 0.0, 4_102_444_800.0
"""1970 and 2100: what a number may mean as a time."""


def _epoch(value: float) -> float:
    for factor in (1.0, 1e-3):
        if _FIRST < value * factor < _LAST and (factor < 1 or value > 1e8):  # noqa: PLR2004 -- smaller ones count something else
            return value * factor
    return math.nan
