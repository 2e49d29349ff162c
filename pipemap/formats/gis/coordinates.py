"""Coordinate systems: one in metres for the whole delivery, east before north."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pipemap.catalog import suggest_crs
from pipemap.errors import SurveyDataError
from pipemap.formats.gis.findings import Findings
from pipemap.formats.gis.layers import Layer
from pipemap.formats.gis.plausibility import checked, list_far_layers, middles
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pyproj import CRS

_DEGREES = "EPSG:4326"


@dataclass(frozen=True, slots=True)
class Placed:
    """Layers in one coordinate system, and its name; empty when unknown.

    ``feet`` are the names of layers whose plan was in another unit than metres.
    """

    layers: tuple[Layer, ...]
    crs: str
    feet: frozenset[str] = frozenset()


def place(layers: Sequence[Layer], wanted: str, findings: Findings) -> Placed:
    """Bring all layers into one system in metres.

    The system named with the source is believed before the file's. Degrees and feet are turned into metres of the UTM zone
    that the middle of the delivery lies in; a projected system in metres stays what it is.

    Raises
    ------
    SurveyDataError
        PROJ does not know the system that was named.
    """
    named = _named(wanted)
    _say_overrides(layers, named, wanted, findings)
    layers, systems = _plausible(layers, named, findings)
    if all(system is None for system in systems):
        degrees = _look_like_degrees(layers)
        if degrees is None:
            _suggest(layers, findings)
            return Placed(tuple(layers), "")
        findings.add("crs-degrees-assumed", layers[0].path.name)
        systems = [degrees] * len(layers)
    known = [system or next(other for other in systems if other is not None) for system in systems]
    target = next((system for system in known if _in_metres(system)), None) or _utm(layers, known)
    levelled = [_in_metres_high(layer, system, findings) for layer, system in zip(layers, known, strict=True)]
    moved = tuple(_moved(layer, system, target, findings) for layer, system in zip(levelled, known, strict=True))
    list_far_layers(moved, findings)
    feet = frozenset(layer.name for layer, system in zip(layers, known, strict=True) if _plan_unit(system) != 1.0)
    return Placed(moved, code_of(target), feet)


def _plausible(layers: Sequence[Layer], named: CRS | None, findings: Findings) -> tuple[list[Layer], list[CRS | None]]:
    """Layers, and the system of each, named or its own, where it can be."""
    taken: list[Layer] = []
    systems: list[CRS | None] = []
    for layer in layers:
        said = named or _of_layer(layer, findings)
        meant, system = (layer, None) if said is None else checked(layer, said, findings)
        if said is not None and said is named and system is None:
            raise SurveyDataError(
                _("The coordinates of {layer} are no degrees, as {crs} has them.").format(layer=layer.name, crs=code_of(said)),
                _("Name the system that they are in."),
                findings.problems,
            )
        taken.append(meant)
        systems.append(system)
    return taken, systems


def _plan_unit(system: CRS) -> float:
    """Metres of one unit in plan; 1 for degrees, which say nothing of lengths."""
    axes = system.axis_info
    return float(axes[0].unit_conversion_factor) if axes and not system.is_geographic else 1.0


def _in_metres_high(layer: Layer, system: CRS, findings: Findings) -> Layer:
    """Return a layer whose Z is in metres: by the vertical axis of its system, else by the unit of its plan."""
    import shapely

    heights = [axis for axis in system.axis_info if axis.direction in {"up", "down"}]
    factor = float(heights[0].unit_conversion_factor) if heights else _plan_unit(system)
    if abs(factor - 1.0) < 1e-9 or not shapely.has_z(layer.geometry).any():  # noqa: PLR2004 -- metres
        return layer

    def turn(places: NDArray[np.float64]) -> NDArray[np.float64]:
        return places * (1.0, 1.0, factor)

    unit = heights[0].unit_name if heights else system.axis_info[0].unit_name
    findings.add("z-unit" if heights else "z-unit-of-plan", layer.name, {"unit": unit, "factor": f"{factor:.10g}"})
    return replace(layer, geometry=np.asarray(shapely.transform(layer.geometry, turn, include_z=True), dtype=object))


def code_of(system: CRS) -> str:
    """Return ``EPSG:N`` where there is one, else the text that describes the system."""
    authority = system.to_authority(min_confidence=60) or (system.sub_crs_list and system.sub_crs_list[0].to_authority())
    return ":".join(authority) if authority else str(system.to_wkt())


def _named(wanted: str) -> CRS | None:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    if not wanted:
        return None
    try:
        return CRS.from_user_input(wanted)
    except CRSError as error:
        raise SurveyDataError(
            _("There is no coordinate system “{crs}”.").format(crs=wanted), _("Write it like EPSG:4547.")
        ) from error


def _of_layer(layer: Layer, findings: Findings) -> CRS | None:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    if not layer.crs or not len(layer.geometry):
        return None
    try:
        system = CRS.from_user_input(layer.crs)
    except CRSError:
        findings.add("crs-unreadable", layer.name)
        return None
    return None if system.is_engineering else system


def _say_overrides(layers: Sequence[Layer], named: CRS | None, wanted: str, findings: Findings) -> None:
    if named is None:
        return
    for layer in layers:
        found = _of_layer(layer, findings)
        if found is not None and found.to_2d() != named.to_2d() and code_of(found) != code_of(named):
            findings.add("crs-override", layer.name, {"crs": code_of(found)[:80], "chosen": wanted})


def _in_metres(system: CRS) -> bool:
    axes = system.axis_info[:2]
    return system.is_projected and all(abs(axis.unit_conversion_factor - 1.0) < 1e-9 for axis in axes)  # noqa: PLR2004


def _bounds(layers: Sequence[Layer]) -> NDArray[np.float64]:
    """Middle places of all features, (features, 2), those that can be."""
    return np.concatenate([np.empty((0, 2)), *(middles(layer) for layer in layers)])


def _look_like_degrees(layers: Sequence[Layer]) -> CRS | None:
    from pyproj import CRS

    middle = _bounds(layers)
    if not len(middle):
        return None
    east, north = middle[:, 0], middle[:, 1]
    inside = (np.abs(east) <= 180) & (np.abs(north) <= 90)  # noqa: PLR2004 -- degrees
    broken = np.abs(middle - np.round(middle, 2)).max() > 1e-6  # noqa: PLR2004 -- a made plan has round metres
    near = np.ptp(np.median(middle, axis=0)) > 10 and np.median(np.abs(middle - np.median(middle, axis=0))) < 1  # noqa: PLR2004
    return CRS.from_user_input(_DEGREES) if inside.all() and broken and near else None


def _suggest(layers: Sequence[Layer], findings: Findings) -> None:
    middle = _bounds(layers)
    fitting = suggest_crs(*(float(value) for value in np.median(middle, axis=0))) if len(middle) else []
    if fitting:
        names = ", ".join(f"{zone.authority_code} ({zone.label})" for zone in fitting[:3])
        findings.add("crs-suggested", layers[0].path.name, {"names": names})
    else:
        findings.add("crs-unknown", layers[0].path.name if layers else "")


def _utm(layers: Sequence[Layer], systems: Sequence[CRS]) -> CRS:
    from pyproj import CRS, Transformer

    places = []
    for layer, system in zip(layers, systems, strict=True):
        middle = _bounds([layer])
        if len(middle):
            lon, lat = Transformer.from_crs(system, _DEGREES, always_xy=True).transform(*np.median(middle, axis=0))
            places.append((lon, lat))
    lon, lat = np.median(np.array(places), axis=0) if places else (0.0, 0.0)
    if not (np.isfinite(lon) and np.isfinite(lat)):
        lon, lat = 0.0, 0.0
    zone = int(np.clip((lon + 180) // 6 + 1, 1, 60))
    return CRS.from_epsg((32600 if lat >= 0 else 32700) + zone)


def _moved(layer: Layer, system: CRS, target: CRS, findings: Findings) -> Layer:
    import shapely
    from pyproj import Transformer

    if system == target or code_of(system) == code_of(target):
        return layer
    transformer = Transformer.from_crs(system.to_2d(), target, always_xy=True)

    def turn(places: NDArray[np.float64]) -> NDArray[np.float64]:
        usable = np.isfinite(places[:, :2]).all(axis=1)
        turned = np.full(places.shape, np.nan)
        east, north = transformer.transform(places[usable, 0], places[usable, 1])
        turned[usable, 0], turned[usable, 1] = east, north
        if places.shape[1] > 2:  # noqa: PLR2004
            turned[:, 2] = places[:, 2]
        return turned

    with_z = bool(shapely.has_z(layer.geometry).any())
    moved: Any = shapely.transform(layer.geometry, turn, include_z=with_z)
    unit = system.axis_info[0].unit_name if system.axis_info else ""
    findings.add(
        "crs-projected", layer.name, {"crs": code_of(system)[:80], "unit": unit, "target": code_of(target), "name": target.name}
    )
    return replace(layer, geometry=np.asarray(moved, dtype=object))
