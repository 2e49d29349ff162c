"""Northings and eastings as surveyed: which is which, the zone number in front, and the coordinate system they are in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog import chinese_zones, suggest_crs
from pipemap.errors import SurveyDataError
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.catalog import Crs
    from pipemap.formats.survey_tables.findings import Findings
    from pipemap.formats.survey_tables.joining import Names

_EAST = (100_000.0, 900_000.0)
_NORTH = (1_800_000.0, 6_000_000.0)
_ZONES = (13, 45)
_MILLION = 1e6


@dataclass(frozen=True, slots=True)
class Placed:
    """Coordinates in the survey's system: float64 east and north, and the system (empty when unknown)."""

    east: NDArray[np.float64]
    north: NDArray[np.float64]
    crs: str


@dataclass(frozen=True, slots=True)
class Written:
    """Coordinates as the tables have them.

    ``explicit``: bool, where the headers say which axis is which (纵坐标, easting); ``sheet``: int, where each point was read.
    """

    north: NDArray[np.float64]
    east: NDArray[np.float64]
    explicit: NDArray[np.bool_]
    sheet: NDArray[np.int32]
    ids: Names
    where: Callable[[int], str]
    table: Callable[[int], str]


def place(written: Written, crs: str, findings: Findings) -> Placed:
    """Sort out axes and zone numbers.

    In Chinese tables X is the northing. Where plain X and Y look the other way round they are taken so, with a warning; where the
    headers say it outright they are believed, with an error. Without a coordinate system a zone number in front of the
    eastings tells it (CGCS2000 assumed) and is removed; with one, the system decides whether it stays.
    """
    known = _zone_of(crs)
    north, east = _axes(written, findings)
    zone = np.floor(np.nan_to_num(east) / _MILLION).astype(np.int64)
    prefixed = (zone >= _ZONES[0]) & (zone <= _ZONES[1]) & _inside(north, _NORTH)
    if not prefixed.any():
        return _without_prefix(east, north, crs, known, findings)
    main = int(np.bincount(zone[prefixed]).argmax())
    if crs and known is None:
        return Placed(east, north, crs)  # a system of its own: nothing is known of its false easting
    if known is None:
        return _assumed(written, east, north, zone, prefixed, main, findings)
    if main not in _prefixes(known):
        findings.add("zone-mismatch", values={"zone": main, "crs": crs})
        return Placed(east, north, crs)
    _list_mixed(written, zone, prefixed, main, findings)
    if known.zone is not None:
        return Placed(_with_prefix(east, north, prefixed, known.zone, findings, crs), north, crs)
    east = np.where(prefixed & (zone == main), _shifted(east, -main * _MILLION), east)
    findings.add("zone-removed", values={"zone": main, "crs": crs})
    return Placed(east, north, crs)


def _shifted(east: NDArray[np.float64], metres: float) -> NDArray[np.float64]:
    """Eastings moved by whole millions, without the noise that the lost digits leave behind."""
    return np.asarray(np.round(east + metres, 6), dtype=np.float64)


def _zone_of(crs: str) -> Crs | None:
    """Return the Chinese zone that a coordinate system is, or None for any other.

    Raises
    ------
    SurveyDataError
        PROJ does not know the name.
    """
    if not crs:
        return None
    found = next((zone for zone in chinese_zones() if zone.authority_code == crs.strip().upper()), None)
    if found is None:
        from pyproj import CRS
        from pyproj.exceptions import CRSError

        try:
            CRS.from_user_input(crs)
        except CRSError as error:
            raise SurveyDataError(
                _("There is no coordinate system “{crs}”.").format(crs=crs), _("Write it like EPSG:4547.")
            ) from error
    return found


def _prefixes(crs: Crs) -> set[int]:
    return {zone.zone for zone in chinese_zones() if zone.zone and zone.central_meridian == crs.central_meridian}


def _inside(numbers: NDArray[np.float64], limits: tuple[float, float]) -> NDArray[np.bool_]:
    return (numbers >= limits[0]) & (numbers <= limits[1])


def _looks_east(numbers: NDArray[np.float64]) -> NDArray[np.bool_]:
    zone = np.floor(numbers / _MILLION)
    return _inside(numbers, _EAST) | ((zone >= _ZONES[0]) & (zone <= _ZONES[1]) & _inside(numbers - zone * _MILLION, _EAST))


def _axes(written: Written, findings: Findings) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    north, east = written.north.copy(), written.east.copy()
    turned = _looks_east(north) & _inside(east, _NORTH)
    for sheet in np.unique(written.sheet).tolist():
        here = written.sheet == sheet
        known = here & np.isfinite(north) & np.isfinite(east)
        if not known.any() or not (turned & here).any():
            continue
        rows = np.flatnonzero(turned & here)
        where = written.table(int(rows[0]))
        if len(rows) <= known.sum() / 2:
            for row in rows.tolist():
                findings.add("row-swapped", written.where(row), layer="node", element=written.ids[row])
        elif written.explicit[rows[0]]:
            findings.add("axes-swapped", where, {"column": "X", "other": "Y"})
        else:
            findings.add("axes-taken-swapped", where)
            north[here], east[here] = east[here].copy(), north[here].copy()
    return north, east


def _without_prefix(
    east: NDArray[np.float64], north: NDArray[np.float64], crs: str, known: Crs | None, findings: Findings
) -> Placed:
    if not crs:
        findings.add("crs-unknown")
    elif known is not None and known.zone is not None:
        east = _with_prefix(east, north, np.zeros(len(east), dtype=bool), known.zone, findings, crs)
    return Placed(east, north, crs)


def _with_prefix(
    east: NDArray[np.float64], north: NDArray[np.float64], prefixed: NDArray[np.bool_], zone: int, findings: Findings, crs: str
) -> NDArray[np.float64]:
    bare = ~prefixed & _inside(east, _EAST) & _inside(north, _NORTH)
    if bare.any():
        findings.add("zone-added", values={"zone": zone, "crs": crs})
    return np.where(bare, _shifted(east, zone * _MILLION), east)


def _assumed(
    written: Written,
    east: NDArray[np.float64],
    north: NDArray[np.float64],
    zone: NDArray[np.int64],
    prefixed: NDArray[np.bool_],
    main: int,
    findings: Findings,
) -> Placed:
    ours = prefixed & (zone == main)
    fitting = suggest_crs(float(np.median(east[ours])), float(np.median(north[ours])))
    numbered = (
        fitting[0] if fitting else next((row for row in chinese_zones() if row.zone == main and row.datum == "CGCS2000"), None)
    )
    if numbered is None:
        findings.add("crs-unknown")
        return Placed(east, north, "")
    bare = next(
        row
        for row in chinese_zones()
        if row.zone is None
        and (row.datum, row.band_deg, row.central_meridian) == (numbered.datum, numbered.band_deg, numbered.central_meridian)
    )
    findings.add("crs-assumed", values={"zone": main, "name": bare.name_en, "crs": bare.authority_code})
    _list_mixed(written, zone, prefixed, main, findings)
    return Placed(np.where(ours, _shifted(east, -main * _MILLION), east), north, bare.authority_code)


def _list_mixed(written: Written, zone: NDArray[np.int64], prefixed: NDArray[np.bool_], main: int, findings: Findings) -> None:
    for row in np.flatnonzero(prefixed & (zone != main)).tolist():
        findings.add(
            "zone-mixed", written.where(row), {"zone": int(zone[row]), "main": main}, layer="node", element=written.ids[row]
        )
