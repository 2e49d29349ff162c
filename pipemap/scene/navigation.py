"""Moving the eye: views, fitting, orbiting, panning, zooming to the cursor, flights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from pipemap.scene.camera import FARTHEST, Projection, Viewpoint, fitted
from pipemap.scene.tiles import robust_bounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipemap.scene.drawing import Drawing
    from pipemap.scene.results import Layer

View = Literal["top", "iso", "street"]

FLIGHT = 0.55
"""Seconds that a flight takes."""

DEGREES_PER_PIXEL = 0.3
CLOSEST = 4.0


@dataclass(slots=True)
class _Flight:
    start: Viewpoint
    end: Viewpoint
    passed: float = 0.0


class Navigation:
    """The eye over one drawing. Pixels are logical ones, counted from the top left of the picture."""

    def __init__(self) -> None:
        self._eye = Viewpoint()
        self._flight: _Flight | None = None

    # -- what the scene provides -----------------------------------------------------------------------------------------

    def _size(self) -> tuple[int, int]:
        raise NotImplementedError

    def _ratio(self) -> float:
        raise NotImplementedError

    def _drawn(self) -> Drawing | None:
        raise NotImplementedError

    # -- the eye -------------------------------------------------------------------------------------------------------

    @property
    def viewpoint(self) -> Viewpoint:
        """Where the eye is, in local metres; set it to come back to a view."""
        return self._eye

    @viewpoint.setter
    def viewpoint(self, eye: Viewpoint) -> None:
        self._eye, self._flight = eye, None

    @property
    def is_flying(self) -> bool:
        """Whether a flight is under way."""
        return self._flight is not None

    @property
    def view(self) -> Literal["plan", "3D"]:
        """``plan`` (from above, north up) or ``3D``."""
        return "plan" if self._eye.plan else "3D"

    @property
    def projection(self) -> Projection:
        """How local metres fall on the picture now, in device pixels."""
        return Projection(self._eye, *self._size())

    def set_view(self, view: View) -> None:
        """Look at everything from above (``top``), from the south-east side (``iso``), or stand low in the busiest street."""
        if view == "street":
            self.viewpoint = self._street()
            return
        look = Viewpoint(plan=True, azimuth=0.0) if view == "top" else Viewpoint(azimuth=-32.0, elevation=38.0)
        self.viewpoint = self._fit_all(look)

    def set_plan(self, plan: bool) -> None:  # noqa: FBT001 -- the one thing it sets
        """Change between plan and 3D, keeping the place."""
        self.viewpoint = replace(self._eye, plan=plan, azimuth=0.0 if plan else -32.0, elevation=38.0)

    def home(self) -> None:
        """Show the whole network without turning the look."""
        self.viewpoint = self._fit_all(self._eye)

    def fit(
        self,
        rows_nodes: Sequence[int] | NDArray[np.int64] | None = None,
        rows_pipes: Sequence[int] | NDArray[np.int64] | None = None,
        *,
        animate: bool = False,
    ) -> None:
        """Show these elements; without any, everything."""
        points = self._points(rows_nodes, rows_pipes)
        target = self._fitted(points, least=15.0, margin=1.25) if len(points) else self._fit_all(self._eye)
        self._go(target, animate=animate)

    def fly_to(self, layer: Layer, row: int, *, animate: bool = False) -> None:
        """Show one element close by. With ``animate`` the flight goes on with each :meth:`advance`."""
        points = self._points([row], None) if layer == "node" else self._points(None, [row])
        if not len(points):
            return
        self._go(self._fitted(points, least=26.0, margin=1.3), animate=animate)

    def orbit(self, dx: float, dy: float) -> None:
        """Turn the eye around what it looks at; a drag to the right turns the town to the right, one down tilts it up."""
        self.viewpoint = self._eye.orbited(dx * DEGREES_PER_PIXEL, dy * DEGREES_PER_PIXEL)

    def pan(self, dx: float, dy: float) -> None:
        """Move the town with the hand; in 3D a steep look moves it on the ground, a flat one in the picture."""
        projection, ratio = self.projection, self._ratio()
        lift, steep = projection.up, -float(projection.forward[2])
        if not self._eye.plan and steep > 0.25:  # noqa: PLR2004 -- flatter than 15 degrees a pixel is too many metres of ground
            lift = np.array([lift[0], lift[1], 0.0]) / steep**2
        step = (-dx * projection.right + dy * lift) * ratio / projection.focal_scale
        self.viewpoint = self._eye.moved(step)

    def zoom(self, factor: float, at: tuple[float, float] | None = None) -> None:
        """Come nearer (``factor`` > 1) or go away, keeping what lies at the pixel ``at`` where it is."""
        distance = float(np.clip(self._eye.distance / factor, CLOSEST, FARTHEST))
        real = self._eye.distance / distance
        if at is None:
            self.viewpoint = replace(self._eye, distance=distance)
            return
        anchor = self._anchor(at)
        focal = np.array(self._eye.focal)
        moved = anchor + (focal - anchor) / real
        east, north, up = (float(part) for part in moved)
        self.viewpoint = replace(self._eye, focal=(east, north, up), distance=distance)

    def advance(self, seconds: float) -> bool:
        """Go on with a flight; return whether it is still under way."""
        flight = self._flight
        if flight is None:
            return False
        flight.passed += seconds
        share = min(flight.passed / FLIGHT, 1.0)
        self._eye = flight.start.between(flight.end, share * share * (3 - 2 * share))
        if share >= 1:
            self._flight = None
        return self._flight is not None

    # -- how -----------------------------------------------------------------------------------------------------------

    def _go(self, target: Viewpoint, *, animate: bool) -> None:
        if animate:
            self._flight = _Flight(self._eye, target)
        else:
            self.viewpoint = target

    def _anchor(self, at: tuple[float, float]) -> NDArray[np.float64]:
        """The point of the line of sight at the height of what the eye looks at."""
        ratio = self._ratio()
        start, toward = self.projection.ray(at[0] * ratio, at[1] * ratio)
        focal = np.array(self._eye.focal)
        if abs(toward[2]) > 0.05:  # noqa: PLR2004 -- flatter looks meet the ground too far away
            reach = (focal[2] - start[2]) / toward[2]
            if 0 < reach < 6 * self._eye.distance:
                hit: NDArray[np.float64] = start + toward * reach
                return hit
        along: NDArray[np.float64] = start + toward * self._eye.distance
        return along

    def _fit_all(self, look: Viewpoint) -> Viewpoint:
        drawing = self._drawn()
        if drawing is None or drawing.bounds is None:
            return look
        tiles = drawing.tiles
        corners = np.concatenate([np.where(np.array(bits), tiles.high, tiles.low) for bits in np.ndindex(2, 2, 2)])
        width, height = self._size()
        return fitted(np.clip(corners, *drawing.bounds), look, width=width, height=height)

    def _fitted(self, points: NDArray[np.float64], *, least: float, margin: float) -> Viewpoint:
        """Points, with at least so many metres around their middle."""
        low, high = points.min(axis=0), points.max(axis=0)
        slack = np.maximum(least - (high - low), 0.0) / 2
        width, height = self._size()
        around = np.concatenate([points, (low - slack)[None], (high + slack)[None]])
        return fitted(around, self._eye, width=width, height=height, margin=margin)

    def _points(
        self, nodes: Sequence[int] | NDArray[np.int64] | None, pipes: Sequence[int] | NDArray[np.int64] | None
    ) -> NDArray[np.float64]:
        drawing = self._drawn()
        if drawing is None:
            return np.empty((0, 3))
        found = [np.empty((0, 3))]
        if nodes is not None and len(nodes):
            found.append(drawing.node_top[np.asarray(nodes, dtype=np.int64)])
        if pipes is not None and len(pipes):
            chosen = np.zeros(drawing.network.pipe_count, dtype=np.bool_)
            chosen[np.asarray(pipes, dtype=np.int64)] = True
            bars = chosen[drawing.bar_pipe]
            found += [drawing.start[bars].astype(np.float64), drawing.end[bars].astype(np.float64)]
        points = np.concatenate(found)
        finite: NDArray[np.float64] = points[np.isfinite(points).all(axis=1)]
        return finite

    def _street(self) -> Viewpoint:
        """Stand where most pipes run side by side and look along them."""
        drawing = self._drawn()
        if drawing is None or not len(drawing.start):
            return self._fit_all(Viewpoint(azimuth=-32.0, elevation=22.0))
        middle = (drawing.start + drawing.end) / 2.0
        run = drawing.end - drawing.start
        length = np.hypot(run[:, 0], run[:, 1])
        low, high = robust_bounds(middle)
        cell = max(40.0, float((high - low)[:2].max()) / 400)
        place = np.clip(((middle[:, :2] - low[:2]) / cell).astype(np.int64), 0, 4000)
        flat = place[:, 0] * 4001 + place[:, 1]
        __, which = np.unique(flat, return_inverse=True)
        busiest = int(np.argmax(np.bincount(which, weights=np.minimum(length, cell))))
        here = which == busiest
        angle = 2 * np.arctan2(run[here, 1], run[here, 0])
        mean = np.arctan2((np.sin(angle) * length[here]).sum(), (np.cos(angle) * length[here]).sum()) / 2
        focal = np.average(middle[here], axis=0, weights=np.maximum(length[here], 1e-3))
        east, north, up = (float(part) for part in focal)
        bearing = (90.0 - float(np.degrees(mean)) + 16.0 + 180.0) % 360.0 - 180.0
        return Viewpoint((east, north, up), distance=62.0, azimuth=bearing, elevation=23.0)
