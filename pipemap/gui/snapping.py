"""What a pointer on the map means to a person who draws: a node, a place on a pipe, a right angle, a whole distance."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pipemap import catalog
from pipemap.model.course import Spot, nearest_spot, point_at
from pipemap.model.lookup import Element
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray
    from PySide6.QtCore import QPoint

    from pipemap.gui.measure import Spot as Point
    from pipemap.model.columns import Coded
    from pipemap.model.network import Network
    from pipemap.scene import Scene
    from pipemap.scene.picking import Shown

Kind = Literal["node", "pipe", "perpendicular", "distance", "place"]

REACH = 10.0
"""Pixels within which a node or a pipe attracts."""

TURN = 15.0
"""Degrees between the bearings that are kept to, and metres between the lengths: both while Shift is held."""

_WORDS: dict[Kind, str] = {
    "node": N_("Node {id}"),
    "pipe": N_("On pipe {id}"),
    "perpendicular": N_("At a right angle to {id}"),
    "distance": N_("Whole distance"),
    "place": "",
}

_TYPED = re.compile(
    r"\s*([+-]?\d+(?:\.\d+)?)\s*(?:([,;， ]|[@<])\s*([+-]?\d+(?:\.\d+)?))?\s*(?:[,;， ]\s*([+-]?\d+(?:\.\d+)?))?\s*"
)


@dataclass(frozen=True, slots=True)
class Snap:
    """A place, and what it was attracted by; ``told`` names that for the hint line."""

    kind: Kind
    place: Point
    element: Element | None = None
    told: str = ""


def snap(
    scene: Scene,
    network: Network,
    at: QPoint,
    *,
    origin: Point | None = None,
    steps: bool = False,
    without: Collection[Element] = (),
    only: Shown | None = None,
) -> Snap | None:
    """Return what a pixel means; ``None`` where it is above the horizon.

    Parameters
    ----------
    origin
        The place drawn before: right angles and distances are seen from there.
    steps
        Keep to bearings of 15 degrees and to whole metres.
    without
        Elements that attract nothing, because they move themselves.
    only
        What attracts, where not everything does.
    """
    found = scene.pick(at.x(), at.y(), tolerance=REACH, only=only)
    element = None if found is None else Element(found.layer, found.row)
    if found is not None and element is not None and element not in without:
        if element.layer == "node":
            return _on_node(network, element, found.point)
        return _on_pipe(scene, network, element, found.point, origin)
    place = scene.world_at(at.x(), at.y())
    if place is None:
        return None
    if origin is not None and steps:
        return _told("distance", stepped(origin, place))
    return Snap("place", (round(place[0], 3), round(place[1], 3), place[2]))


def of_category(network: Network, code: str | None) -> Shown | None:
    """Return what a pipe of a category can be joined to: its major category, and nodes that have none; None: everything."""
    from pipemap.scene.picking import Shown

    if not code:
        return None
    major = catalog.major_of(code) or code

    def fits(column: Coded, *, blank: bool) -> NDArray[np.bool_]:
        known = [bool(value) and (catalog.major_of(value) or value) == major for value in column.values]
        found: NDArray[np.bool_] = np.array([*known, blank], dtype=np.bool_)[column.codes]
        return found

    return Shown(fits(network.node_category, blank=True), fits(network.pipe_category, blank=False))


def _on_node(network: Network, element: Element, seen: Point) -> Snap:
    east, north, level = (float(part) for part in network.node_xyz[element.row])
    place = (east, north, level) if math.isfinite(level) else (east, north, seen[2])
    return _told("node", place if math.isfinite(east) else seen, element, network.element_id(element))


def _on_pipe(scene: Scene, network: Network, element: Element, seen: Point, origin: Point | None) -> Snap:
    course = network.lines[element.row]
    name = network.element_id(element)
    if len(course) < 2:  # noqa: PLR2004 -- drawn where it was made up
        return Snap("place", seen)
    spot = nearest_spot(course, seen[0], seen[1])
    kind: Kind = "pipe"
    if origin is not None and (foot := _foot(scene, course, spot, origin, seen)) is not None:
        spot, kind = foot, "perpendicular"
    point = point_at(course, spot)
    level = float(point[2]) if math.isfinite(point[2]) else seen[2]
    return _told(kind, (float(point[0]), float(point[1]), level), element, name)


def _told(kind: Kind, place: Point, element: Element | None = None, name: str = "") -> Snap:
    return Snap(kind, place, element, _(_WORDS[kind]).format(id=name))


def _foot(scene: Scene, course: NDArray[np.float64], spot: Spot, origin: Point, seen: Point) -> Spot | None:
    """Where the line from the place before meets the pipe at a right angle, if that is near the pointer."""
    straight = course[spot.part : spot.part + 2]
    foot = nearest_spot(straight, origin[0], origin[1])
    if not 0.0 < foot.share < 1.0:
        return None
    there = point_at(straight, foot)
    pixels = scene.pixel_of((float(there[0]), float(there[1]), seen[2])), scene.pixel_of(seen)
    if pixels[0] is None or pixels[1] is None or math.dist(pixels[0], pixels[1]) > REACH:
        return None
    return Spot(spot.part, foot.share)


def stepped(origin: Point, place: Point) -> Point:
    """Return a place on the nearest bearing of 15 degrees, a whole number of metres away."""
    east, north = place[0] - origin[0], place[1] - origin[1]
    bearing = math.radians(round(math.degrees(math.atan2(east, north)) / TURN) * TURN)
    reach = max(1.0, round(math.hypot(east, north)))
    return round(origin[0] + reach * math.sin(bearing), 3), round(origin[1] + reach * math.cos(bearing), 3), place[2]


def bearing_of(origin: Point, place: Point) -> float:
    """Return the bearing in degrees, clockwise from north."""
    return math.degrees(math.atan2(place[0] - origin[0], place[1] - origin[1])) % 360.0


def typed_place(text: str, origin: Point | None, toward: Point | None) -> Point | None:
    """Return the place that a text means; ``None`` where it means none.

    ``12.5`` is a distance towards the pointer, ``12.5@90`` a distance and a bearing (from north, clockwise), ``512300.5,3846000``
    east and north, with the level behind where it is known.
    """
    parts = _TYPED.fullmatch(text)
    if parts is None:
        return None
    first, sign, second, third = parts.groups()
    if sign is not None and sign not in "@<":
        return float(first), float(second), float(third) if third is not None else math.nan
    if origin is None or third is not None:
        return None
    if sign is None and toward is None:
        return None
    bearing = math.radians(float(second) if sign is not None else bearing_of(origin, toward or origin))
    reach = float(first)
    return round(origin[0] + reach * math.sin(bearing), 3), round(origin[1] + reach * math.cos(bearing), 3), math.nan
