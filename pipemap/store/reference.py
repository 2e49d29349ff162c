"""Coordinate systems: what the GeoPackage writes down about the survey's, and from a delivery's into it."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from pipemap.errors import SurveyDataError
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyproj
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

_OWN_NUMBERS = 300_000
_AT_ONCE = 100_000
"""Places turned between two questions whether to go on."""
_NUMBERED = re.compile(r"[A-Za-z]{2,10}:[0-9A-Za-z]{1,12}")


@dataclass(frozen=True, slots=True)
class Reference:
    """One row of ``gpkg_spatial_ref_sys``."""

    name: str
    srs_id: int
    organization: str
    number: int
    definition: str
    description: str | None = None


STANDARD = (
    Reference("Undefined Cartesian SRS", -1, "NONE", -1, "undefined", "undefined Cartesian coordinate reference system"),
    Reference("Undefined geographic SRS", 0, "NONE", 0, "undefined", "undefined geographic coordinate reference system"),
)
"""Rows that every GeoPackage has, beside WGS 84."""


def reference(crs: str) -> Reference:
    """Return the row for a coordinate system; that of "undefined" when the text is empty.

    Raises
    ------
    SurveyDataError
        PROJ does not know it.
    """
    if not crs:
        return STANDARD[0]
    known = _parsed(crs)
    authority = known.to_authority(min_confidence=100)
    definition = _definition(known)
    if authority is not None and authority[1].isdigit():
        return Reference(known.name, int(authority[1]), authority[0], int(authority[1]), definition)
    number = _OWN_NUMBERS + zlib.crc32(definition.encode()) % 600_000
    return Reference(known.name, number, "NONE", number, definition)


@cache
def public_crs(crs: str) -> str:
    """Return the number of a coordinate system that everybody can look up; empty for one of the survey's own.

    What describes a local grid, and so the way from it to the national ones, stays in the settings of the survey.
    """
    if not crs or _NUMBERED.fullmatch(crs):
        return crs
    try:
        authority = _parsed(crs).to_authority(min_confidence=100)
    except SurveyDataError:
        return ""
    return ":".join(authority) if authority is not None else ""


def crs_label(crs: str) -> str:
    """Return how a message names a coordinate system: by its number, else as a local grid, never by its parameters."""
    return public_crs(crs) or (_("a local grid") if crs else _("an unknown coordinate system"))


def same_crs(one: str, other: str) -> bool:
    """Whether two texts mean the same coordinate system; unknown is only like unknown."""
    if one == other or not one or not other:
        return one == other
    return _parsed(one).equals(_parsed(other), ignore_axis_order=True)


def transformed(
    xy: NDArray[np.float64], source: str, target: str, told: Callable[[], None] = lambda: None
) -> NDArray[np.float64]:
    """Return east and north (N, 2) in another coordinate system; NaN where it does not reach.

    ``told`` is called every now and then.

    Raises
    ------
    SurveyDataError
        There is no way from one to the other.
    """
    import pyproj

    try:
        operation = pyproj.Transformer.from_crs(_parsed(source), _parsed(target), always_xy=True)
        found = np.empty((len(xy), 2))
        for start in range(0, len(xy), _AT_ONCE):
            told()
            some = xy[start : start + _AT_ONCE]
            found[start : start + _AT_ONCE] = np.column_stack(operation.transform(some[:, 0], some[:, 1]))
    except pyproj.exceptions.ProjError as error:
        raise SurveyDataError(
            _("Coordinates in {source} cannot be turned into {target}.").format(
                source=crs_label(source), target=crs_label(target)
            ),
            str(error) if public_crs(source) and public_crs(target) else "",
        ) from error
    return np.where(np.isfinite(found), found, np.nan)


def area_m2(area: BaseGeometry, crs: str) -> float:
    """Return square metres of an area in a coordinate system: on the ellipsoid where that counts in degrees."""
    known = _parsed(crs) if crs else None
    if known is None or not known.is_geographic:
        return float(area.area)
    geod = known.get_geod()
    if geod is None:
        return float(area.area)
    return abs(float(geod.geometry_area_perimeter(area)[0]))


def _parsed(crs: str) -> pyproj.CRS:
    import pyproj

    try:
        return pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as error:
        raise SurveyDataError(
            _("“{crs}” is no coordinate system that is known here.").format(crs=_short(crs)),
            _("Name one by its number, such as EPSG:4547."),
        ) from error


def _short(crs: str) -> str:
    """Leave out of a message what may be the parameters of a local grid."""
    return crs if not {"=", "[", "{"} & set(crs) else "…"


def _definition(known: pyproj.CRS) -> str:
    """Well-known text in the older form, which every GIS reads; the newer one where the older has no words for it."""
    import pyproj

    try:
        return known.to_wkt("WKT1_GDAL")
    except pyproj.exceptions.CRSError:
        return known.to_wkt()
