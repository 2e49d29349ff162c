"""What lies in an area: in plan, for Shapely ignores heights, and so do the borders of a hand-out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from pipemap.errors import PipemapError
from pipemap.model.release import lines_of
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry as Area

    from pipemap.model.network import Network

_AT_ONCE = 200_000


class AreaError(PipemapError):
    """A text is no area."""

    exit_code = 2


@dataclass(frozen=True, eq=False, slots=True)
class Within:
    """Rows of the nodes inside an area or on its border, and of the pipes that are inside it or touch it."""

    nodes: NDArray[np.int64]
    pipes: NDArray[np.int64]


def read_text(text: str, hint: str) -> Area:
    """Return what a well-known text describes.

    Raises
    ------
    AreaError
        It describes nothing.
    """
    import shapely

    try:
        with np.errstate(all="ignore"):
            found: Area = shapely.from_wkt(text.strip())
    except shapely.errors.ShapelyError as error:
        reason = str(error).splitlines()[0].removeprefix("ParseException: ").rstrip(".")[:120]
        raise AreaError(_("“{text}” is no well-known text: {reason}.").format(text=text[:40], reason=reason), hint) from error
    return found


def read_area(text: str) -> Area:
    """Return the polygon, or the several, that a well-known text describes: east before north.

    Raises
    ------
    AreaError
        It is no polygon, has no extent, or its border crosses itself.
    """
    import shapely

    hint = _("Write it like POLYGON ((east north, east north, …)), the first corner again at the end.")
    found = read_text(text, hint)
    if found.geom_type not in {"Polygon", "MultiPolygon"} or found.is_empty:
        raise AreaError(_("The area is no polygon."), hint)
    with np.errstate(all="ignore"):
        found = shapely.force_2d(found)
    if not np.isfinite(shapely.get_coordinates(found)).all():
        raise AreaError(_("A corner of the area is no number."), hint)
    if not found.is_valid:
        raise AreaError(_("The border of the area crosses itself."), _crossing(found))
    return found


def _crossing(area: Area) -> str:
    """Where a border crosses itself, as far as shapely says."""
    import shapely

    place = re.search(r"\[(-?[\d.]+) (-?[\d.]+)\]", shapely.is_valid_reason(area))
    if place is None:
        return ""
    return _("It does so at {x}, {y}.").format(x=f"{float(place[1]):.2f}", y=f"{float(place[2]):.2f}")


def elements_within(network: Network, area: Area) -> Within:
    """Find what lies inside an area or crosses its border, in the network's own coordinates.

    Nothing is cut: a pipe that only touches the area is in it as a whole. What has no place is in no area.
    """
    import shapely

    shapely.prepare(area)
    west, south, east, north = area.bounds
    x, y = network.node_xyz[:, 0], network.node_xyz[:, 1]
    near = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
    nodes = near[shapely.intersects_xy(area, x[near], y[near])]
    return Within(nodes, _pipes_within(network, area, (west, south, east, north)))


def _pipes_within(network: Network, area: Area, box: tuple[float, float, float, float]) -> NDArray[np.int64]:
    """Look at the courses whose own box meets that of the area."""
    import shapely

    rows = pipes_near(network, box)
    counts = np.diff(network.lines.offsets)
    at, places = np.repeat(np.arange(len(rows)), counts[rows]), lines_of(network.lines, rows).xyz[:, :2]
    inside = np.zeros(len(rows), dtype=np.bool_)
    several = counts[rows] > 1
    lines = shapely.linestrings(places[several[at]], indices=np.cumsum(several)[at[several[at]]] - 1)
    inside[several] = shapely.intersects(area, lines)
    single = at[~several[at]]
    inside[single] = shapely.intersects_xy(area, places[~several[at], 0], places[~several[at], 1])
    return rows[inside]


def pipes_near(network: Network, box: tuple[float, float, float, float]) -> NDArray[np.int64]:
    """Return rows of the pipes whose own box meets this one (west, south, east, north), and perhaps of some a metre beside it.

    The boxes are worked out once a network: rounded outwards to what four bytes hold, for exact questions follow.
    """
    boxes: NDArray[np.float32] | None = network.worked_out.get("boxes")
    if boxes is None:
        boxes = network.worked_out["boxes"] = _boxes(network)
    west, south, east, north = boxes
    return np.flatnonzero((west <= box[2]) & (east >= box[0]) & (south <= box[3]) & (north >= box[1]))


def _boxes(network: Network) -> NDArray[np.float32]:
    """float32 (4, P): west, south, east and north of each pipe; NaN where it has no place, which meets nothing."""
    offsets, xy = network.lines.offsets, network.lines.xyz[:, :2]
    drawn = np.flatnonzero(np.diff(offsets) > 0)
    boxes = np.full((4, network.pipe_count), np.nan, dtype=np.float32)
    if len(drawn):
        with np.errstate(invalid="ignore"):
            low = np.minimum.reduceat(xy, offsets[:-1][drawn], axis=0)
            high = np.maximum.reduceat(xy, offsets[:-1][drawn], axis=0)
        boxes[:2, drawn] = np.nextafter(low.T.astype(np.float32), np.float32(-np.inf))
        boxes[2:, drawn] = np.nextafter(high.T.astype(np.float32), np.float32(np.inf))
    return boxes


def covered(places: NDArray[np.float64], told: Callable[[], None] = lambda: None) -> Area:
    """Return the least convex area around places (N, 2), those without a number left out; empty where there is none.

    ``told`` is called every now and then.
    """
    import shapely

    known = places[np.isfinite(places).all(axis=1)]
    while len(known) > _AT_ONCE:  # only the corners of a part can be corners of the whole
        parts = []
        for start in range(0, len(known), _AT_ONCE):
            told()
            parts.append(shapely.get_coordinates(shapely.convex_hull(shapely.multipoints(known[start : start + _AT_ONCE]))))
        fewer = np.concatenate(parts)
        if len(fewer) >= len(known):
            break
        known = fewer
    return cast("Area", shapely.convex_hull(shapely.multipoints(known)) if len(known) else shapely.from_wkt("POLYGON EMPTY"))
