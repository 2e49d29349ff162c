"""Which Chinese coordinate systems a pair of surveyed numbers can be in, by arithmetic alone."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache

from pipemap import assets
from pipemap.texts import pick

_SOUTH, _NORTH = 1.9e6, 6.0e6
_METRES_A_DEGREE = 111_320.0
_DATUMS = ("CGCS2000", "Xian 1980", "Beijing 1954")
_USUAL_MERIDIAN = 114.0


@dataclass(frozen=True, slots=True)
class Crs:
    """A coordinate system.

    ``central_meridian`` in degrees east; ``zone`` is the prefix of its eastings, None where they have none.
    ``certainty`` is that of the table; in a suggestion it is ``likely`` or ``possible``.
    """

    epsg: int
    name_en: str
    name_zh: str
    datum: str
    band_deg: int
    zone: int | None
    central_meridian: float
    certainty: str
    source: str

    @property
    def label(self) -> str:
        """Name in the language on screen."""
        return pick(self.name_en, self.name_zh)

    @property
    def authority_code(self) -> str:
        """As a survey stores it: ``EPSG:4526``."""
        return f"EPSG:{self.epsg}"


@cache
def chinese_zones() -> tuple[Crs, ...]:
    """Return the Gauss-Kruger zones of CGCS2000, Xian 1980 and Beijing 1954, with and without zone prefix."""
    return tuple(
        Crs(
            int(row["epsg"]),
            row["name_en"],
            row["name_zh"],
            row["datum"],
            int(row["band_deg"]),
            int(row["zone"]) if row["zone"] else None,
            float(row["central_meridian_deg"]),
            row["certainty"],
            row["source"],
        )
        for row in assets.read_rows("standards", "crs_zones.csv")
    )


def suggest_crs(easting: float, northing: float) -> list[Crs]:
    """List the coordinate systems that a point can be in, best first.

    A zone prefix in the easting names the zone (25 to 45: three degrees, 13 to 23: six); CGCS2000 comes first, because
    the datum cannot be told from the numbers. Without a prefix the central meridian cannot be told either: every three-degree
    zone of CGCS2000 is listed, those in the thick of the country first.

    Parameters
    ----------
    easting, northing
        Metres. In Chinese tables the column X is the northing.

    Returns
    -------
    list[Crs]
        ``certainty`` is ``likely`` or ``possible``; empty when the numbers fit no zone (a local grid, or swapped axes).
    """
    if not (math.isfinite(easting) and _SOUTH <= northing <= _NORTH):
        return []
    zone, within = divmod(easting, 1e6)
    if not zone:
        return _without_prefix(within, northing)
    fitting = [crs for crs in chinese_zones() if crs.zone == zone and _fits(within, northing, crs.band_deg)]
    fitting.sort(key=lambda crs: _DATUMS.index(crs.datum))
    return [replace(crs, certainty="likely" if crs.datum == _DATUMS[0] else "possible") for crs in fitting]


def fitting_zones(easting: float, northing: float) -> list[Crs]:
    """List every Chinese zone, of all three datums, that a point can be in: with a zone prefix as with none, three degrees first.

    Wider than :func:`suggest_crs`, for a person who chooses: numbers without a prefix fit all central meridians.
    """
    if not (math.isfinite(easting) and _SOUTH <= northing <= _NORTH):
        return []
    zone, within = divmod(easting, 1e6)
    fitting = [row for row in chinese_zones() if (row.zone or 0) == zone and _fits(within, northing, row.band_deg)]
    fitting.sort(
        key=lambda crs: (
            crs.band_deg,
            _DATUMS.index(crs.datum),
            abs(crs.central_meridian - _USUAL_MERIDIAN),
            crs.central_meridian,
        )
    )
    return [replace(crs, certainty="likely" if zone and crs.datum == _DATUMS[0] else "possible") for crs in fitting]


def _without_prefix(easting: float, northing: float) -> list[Crs]:
    for band in (3, 6):
        if _fits(easting, northing, band):
            rows = [row for row in chinese_zones() if row.zone is None and row.datum == _DATUMS[0] and row.band_deg == band]
            rows.sort(key=lambda crs: (abs(crs.central_meridian - _USUAL_MERIDIAN), crs.central_meridian))
            return [replace(crs, certainty="possible") for crs in rows]
    return []


def _fits(easting: float, northing: float, band_deg: int) -> bool:
    """Whether an easting without prefix lies in its zone, with a margin of a fifth for surveys that cross the edge."""
    half_width = band_deg / 2 * _METRES_A_DEGREE * math.cos(math.radians(northing / 110_900))
    return abs(easting - 500_000) <= 1.2 * half_width
