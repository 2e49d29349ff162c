"""Which coordinate systems a delivery can be in, and where on earth it would lie in each: what a person chooses by."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from pipemap.catalog import Crs, chinese_zones, fitting_zones
from pipemap.texts import _, pick

if TYPE_CHECKING:
    import pyproj

NEAR_M = 50_000.0
"""A delivery further than this from the survey it is to join is probably in another system than thought. Our own figure."""

_DEGREES = "EPSG:4326"
_CHINA = (73.0, 3.0, 136.0, 54.0)
_UTM_ZONES = range(43, 54)
_UTM_EAST, _UTM_NORTH = (160_000.0, 840_000.0), (0.0, 9_400_000.0)
_FALSE_EAST = 500_000.0
_ELLIPSOIDS = {"CGCS2000": "GRS80", "Xian 1980": "IAU76", "Beijing 1954": "krass"}
_ORDER = ("said", "likely", "possible")
_MOST_FOUND = 60


@dataclass(frozen=True, slots=True)
class Place:
    """Degrees east and north on WGS 84; datum shifts of a hundred metres are not looked at."""

    lon: float
    lat: float

    @property
    def text(self) -> str:
        """As it is read: ``114.06° E, 22.54° N``."""
        east, north = ("E" if self.lon >= 0 else "W"), ("N" if self.lat >= 0 else "S")
        return f"{abs(self.lon):.2f}° {east}, {abs(self.lat):.2f}° {north}"

    def metres_to(self, other: Place) -> float:
        """Distance along the ellipsoid."""
        import pyproj

        return float(pyproj.Geod(ellps="WGS84").inv(self.lon, self.lat, other.lon, other.lat)[2])


@dataclass(frozen=True, slots=True)
class CrsCandidate:
    """One coordinate system that fits.

    Attributes
    ----------
    crs
        ``EPSG:N``.
    label
        Its name in the language on screen.
    certainty
        ``said`` by the source or the person, ``likely``, or ``possible``.
    place
        Where the middle of the delivery lies if it is in this system; None where that cannot be said.
    central_meridian
        Degrees east; None for a system without one.
    zone
        Zone number in front of the eastings; None where there is none.
    distance_m
        From the middle of the survey that is to take it; None where there is none, or it has no known place.
    swapped
        It fits only once X and Y are exchanged.
    family
        Datum and width of the zone, ``CGCS2000, 3°``, where meridian and zone stand beside it; else empty.
    """

    crs: str
    label: str
    certainty: str
    place: Place | None = None
    central_meridian: float | None = None
    zone: int | None = None
    distance_m: float | None = None
    swapped: bool = False
    family: str = ""

    @property
    def short(self) -> str:
        """Its family, else its name."""
        return self.family or self.label

    @property
    def is_near(self) -> bool:
        """Whether it puts the delivery where the survey is."""
        return self.distance_m is not None and self.distance_m <= NEAR_M


@dataclass(frozen=True, slots=True)
class NamedCrs:
    """A coordinate system of the EPSG register."""

    crs: str
    name: str
    area: str


def propose_crs(east: float, north: float, *, near: Place | None = None, said: str = "") -> tuple[CrsCandidate, ...]:
    """List the systems that the middle of a delivery can be in, the most probable first.

    Chinese zones of CGCS2000, Xian 1980 and Beijing 1954 with and without zone prefix, UTM and degrees; those that put it
    beside the survey come before all others, those that need X and Y exchanged behind the ones that do not.

    Parameters
    ----------
    east, north
        As read; NaN gives no candidates but the one said.
    near
        Middle of the survey that is to take the delivery.
    said
        System that the source or the person names.
    """
    found = [_named(said, east, north)] if said else []
    found += [one for one in _fitting(east, north, swapped=False) if one.crs != said]
    found += _fitting(north, east, swapped=True)
    if near is not None:
        found = [replace(one, distance_m=one.place.metres_to(near)) if one.place else one for one in found]
    return tuple(sorted(found, key=_rank))


def _rank(one: CrsCandidate) -> tuple[int, bool, int]:
    return (0 if one.certainty == "said" else 1 if one.is_near else 2, one.swapped, _ORDER.index(one.certainty))


def place_in(crs: str, east: float, north: float) -> Place | None:
    """Return where a point of a coordinate system lies; None where PROJ cannot tell."""
    import pyproj

    try:
        turn = pyproj.Transformer.from_crs(pyproj.CRS.from_user_input(crs).to_2d(), _DEGREES, always_xy=True)
        lon, lat = turn.transform(east, north)
    except pyproj.exceptions.ProjError:
        return None
    return Place(lon, lat) if math.isfinite(lon) and math.isfinite(lat) else None


def metric_crs(crs: str, east: float, north: float) -> str | None:
    """Return the system in metres that a delivery in degrees is turned into; None where it is in no degrees.

    The three-degree zone of CGCS2000 in China, else the UTM zone.
    """
    import pyproj

    try:
        in_degrees = pyproj.CRS.from_user_input(crs).is_geographic
    except pyproj.exceptions.CRSError:
        return None
    if not in_degrees or not (abs(east) <= 180 and abs(north) <= 90):  # noqa: PLR2004 -- degrees
        return None
    if _in_china(east, north):
        zones = [row for row in chinese_zones() if row.zone is None and row.datum == "CGCS2000" and row.band_deg == 3]  # noqa: PLR2004
        return min(zones, key=lambda row: abs(row.central_meridian - east)).authority_code
    return f"EPSG:{(32600 if north >= 0 else 32700) + min(60, int((east + 180) // 6 + 1))}"


def name_of(crs: str) -> str:
    """Return what the register calls a coordinate system; the text itself where PROJ does not know it."""
    import pyproj

    try:
        return str(pyproj.CRS.from_user_input(crs).name)
    except pyproj.exceptions.ProjError:
        return crs


def search_crs(text: str) -> tuple[NamedCrs, ...]:
    """Find coordinate systems of the EPSG register by number or by words of their names and areas, every word somewhere."""
    words = text.casefold().replace("epsg:", "").split()
    if not words:
        return ()
    labels = {row.authority_code: row.label for row in chinese_zones()}
    rows = [named for named, plain in _register() if all(word in plain for word in words)]
    found = [replace(named, name=labels.get(named.crs, named.name)) for named in rows]
    exact = [named for named in found if named.crs == f"EPSG:{words[0]}"]
    return tuple([*exact, *(named for named in found if named not in exact)][:_MOST_FOUND])


@cache
def _register() -> tuple[tuple[NamedCrs, str], ...]:
    from pyproj.database import query_crs_info
    from pyproj.enums import PJType

    rows = query_crs_info(auth_name="EPSG", pj_types=[PJType.PROJECTED_CRS, PJType.GEOGRAPHIC_2D_CRS])
    chinese = {row.authority_code: row.name_zh for row in chinese_zones()}
    found = []
    for row in rows:
        crs, area = f"EPSG:{row.code}", (row.area_of_use.name or "") if row.area_of_use else ""
        found.append((NamedCrs(crs, row.name, area), f"{row.code} {row.name} {area} {chinese.get(crs, '')}".casefold()))
    return tuple(found)


def _named(crs: str, east: float, north: float) -> CrsCandidate:
    place = place_in(crs, east, north) if math.isfinite(east + north) else None
    zone = next((row for row in chinese_zones() if row.authority_code == crs.upper()), None)
    if zone is None:
        return CrsCandidate(crs, name_of(crs), "said", place)
    return CrsCandidate(crs, zone.label, "said", place, zone.central_meridian, zone.zone, family=_family(zone))


def _family(zone: Crs) -> str:
    return pick(f"{zone.datum}, {zone.band_deg}°", " ".join(zone.name_zh.split()[:2]))


def _fitting(east: float, north: float, *, swapped: bool) -> list[CrsCandidate]:
    if not math.isfinite(east + north):
        return []
    if _in_china(east, north):
        label = pick("WGS 84, degrees", "WGS 84 经纬度")
        return [CrsCandidate(_DEGREES, label, "likely", Place(east, north), swapped=swapped)]
    found = [_of_zone(zone, east, north, swapped=swapped) for zone in fitting_zones(east, north)]
    if swapped or not (_UTM_EAST[0] <= east <= _UTM_EAST[1] and _UTM_NORTH[0] <= north <= _UTM_NORTH[1]):
        return found
    return found + [_of_utm(zone, east, north) for zone in _UTM_ZONES]


def _in_china(lon: float, lat: float) -> bool:
    west, south, east, north = _CHINA
    return west <= lon <= east and south <= lat <= north


def _of_zone(zone: Crs, east: float, north: float, *, swapped: bool) -> CrsCandidate:
    within = east - (zone.zone or 0) * 1e6
    offset, lat = _unprojected(_ELLIPSOIDS[zone.datum], 1.0)(within, north, inverse=True)
    place = Place(zone.central_meridian + offset, lat)
    found = CrsCandidate(zone.authority_code, zone.label, zone.certainty, place, zone.central_meridian, zone.zone)
    return replace(found, swapped=swapped, family=_family(zone))


def _of_utm(zone: int, east: float, north: float) -> CrsCandidate:
    meridian = 6.0 * zone - 183.0
    offset, lat = _unprojected("WGS84", 0.9996)(east, north, inverse=True)
    label = _("WGS 84 / UTM zone {zone}N").format(zone=zone)
    return CrsCandidate(f"EPSG:{32600 + zone}", label, "possible", Place(meridian + offset, lat), meridian)


@cache
def _unprojected(ellipsoid: str, scale: float) -> pyproj.Proj:
    """The transverse Mercator projection about the meridian 0: all zones are alike but for their meridian."""
    import pyproj

    return pyproj.Proj(proj="tmerc", lat_0=0, lon_0=0, k=scale, x_0=_FALSE_EAST, y_0=0, ellps=ellipsoid)
