"""Whether the coordinates of a layer can be what their system says: degrees for metres, axes exchanged, a neighbouring zone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog import suggest_crs
from pipemap.formats.gis.findings import Findings
from pipemap.formats.gis.layers import Layer

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pyproj import CRS

_DEGREES = "EPSG:4326"
_MARGIN = 1.5
"""Degrees that a layer may lie outside of where its system is used."""

_KM_PER_DEGREE = 111.2
_TOGETHER_KM = 200.0
_FAR = 1e9


def middles(layer: Layer) -> NDArray[np.float64]:
    """Middle places of the features, float64 (n, 2), those that can be."""
    import shapely

    boxes = shapely.bounds(layer.geometry) if len(layer.geometry) else np.empty((0, 4))
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    return np.asarray(middle[np.isfinite(middle).all(axis=1) & (np.abs(middle) < _FAR).all(axis=1)], dtype=np.float64)


def checked(layer: Layer, system: CRS, findings: Findings) -> tuple[Layer, CRS | None]:
    """Return a layer as its coordinates must be meant, and their system; None when the one it names cannot be.

    Whatever is not taken as the file says is listed.
    """
    places = middles(layer)
    if not len(places):
        return layer, system
    middle = np.median(places, axis=0)
    if system.is_geographic:
        return _in_degrees(layer, system, places, findings)
    if (np.abs(places) <= (180, 90)).all() and system.area_of_use is not None and _inside(system, middle):
        from pyproj import CRS

        findings.add("crs-is-degrees", layer.name, {"crs": _short(system)})
        return layer, CRS.from_user_input(_DEGREES)
    if _fits(system, middle):
        return layer, system
    if _fits(system, middle[::-1]):
        findings.add("crs-exchanged", layer.name, {"crs": _short(system)})
        return exchanged(layer), system
    distance = _distance_km(system, middle)
    names = ", ".join(zone.authority_code for zone in suggest_crs(float(middle[0]), float(middle[1]))[:3]) or "?"
    findings.add("crs-outside", layer.name, {"crs": _short(system), "distance": f"{distance:,.0f}", "names": names})
    return layer, system


def _in_degrees(layer: Layer, system: CRS, places: NDArray[np.float64], findings: Findings) -> tuple[Layer, CRS | None]:
    if (np.abs(places) <= (180, 90)).all():
        middle = np.median(places, axis=0)
        if not _inside(system, middle) and _inside(system, middle[::-1]):
            findings.add("crs-exchanged", layer.name, {"crs": _short(system)})
            return exchanged(layer), system
        return layer, system
    if (np.abs(places) <= (90, 180)).all():
        findings.add("crs-exchanged", layer.name, {"crs": _short(system)})
        return exchanged(layer), system
    findings.add("crs-no-degrees", layer.name, {"crs": _short(system)})
    return layer, None


def exchanged(layer: Layer) -> Layer:
    """Return a layer whose first and second coordinates have changed places."""
    import shapely

    def turn(places: NDArray[np.float64]) -> NDArray[np.float64]:
        turned = places.copy()
        turned[:, :2] = places[:, 1::-1]
        return turned

    with_z = bool(shapely.has_z(layer.geometry).any())
    return replace(layer, geometry=np.asarray(shapely.transform(layer.geometry, turn, include_z=with_z), dtype=object))


def _degrees_of(system: CRS, place: NDArray[np.float64]) -> tuple[float, float]:
    from pyproj import Transformer

    east, north = Transformer.from_crs(system.to_2d(), _DEGREES, always_xy=True).transform(*place)
    return float(east), float(north)


def _fits(system: CRS, place: NDArray[np.float64]) -> bool:
    return _inside(system, np.array(_degrees_of(system, place)))


def _inside(system: CRS, degrees: NDArray[np.float64]) -> bool:
    area = system.area_of_use
    if area is None:
        return bool(np.isfinite(degrees).all())
    east, north = degrees
    return bool(
        area.south - _MARGIN <= north <= area.north + _MARGIN
        and (area.west > area.east or area.west - _MARGIN <= east <= area.east + _MARGIN)
    )


def _distance_km(system: CRS, place: NDArray[np.float64]) -> float:
    """Roughly how far a place lies outside of where its system is used."""
    area, (east, north) = system.area_of_use, _degrees_of(system, place)
    if area is None or not np.isfinite([east, north]).all():
        return float("inf")
    aside = max(area.west - east, east - area.east, 0.0) * np.cos(np.radians(north))
    return float(np.hypot(aside, max(area.south - north, north - area.north, 0.0)) * _KM_PER_DEGREE)


def list_far_layers(layers: tuple[Layer, ...], findings: Findings) -> None:
    """List layers that lie far from the others of the delivery, as with a system that is wrong by a zone."""
    found = [(layer, np.median(places, axis=0)) for layer in layers if len(places := middles(layer))]
    if len(found) < 2:  # noqa: PLR2004 -- nothing to compare
        return
    usual = np.median([middle for _layer, middle in found], axis=0)
    usual = min((middle for _layer, middle in found), key=lambda middle: float(np.hypot(*(middle - usual))))
    for layer, middle in found:
        distance = float(np.hypot(*(middle - usual))) / 1000
        if distance > _TOGETHER_KM:
            findings.add("layer-far", layer.name, {"distance": f"{distance:,.0f}"})


def _short(system: CRS) -> str:
    from pipemap.formats.gis.coordinates import code_of

    return code_of(system)[:80]
