"""Where the eye is, and how the world falls on the screen. Own arithmetic: picking, culling and labels need it by the million."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from vtkmodules.vtkRenderingCore import vtkCamera, vtkRenderer

VIEW_ANGLE = 30.0
_HALF = float(np.tan(np.radians(VIEW_ANGLE / 2)))
NEAREST, FARTHEST = 0.3, 5e6
ALONG = 0.7
"""Share of a distance that is at least a depth along the look, anywhere in the picture, with room for glyphs that stand out."""

PLAN_HEIGHT = 2000.0
"""Metres that VTK's camera stands higher in plan, where height changes nothing but what is cut off."""


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """The eye: it looks at ``focal`` (local metres) from ``distance``; plain values, so that a session can keep them.

    ``azimuth`` is the compass bearing of the look, degrees; ``elevation`` how steeply it looks down, −89 (from below) to 90.
    ``plan``: from straight above, without perspective, north (or ``azimuth``) up.
    """

    focal: tuple[float, float, float] = (0.0, 0.0, 0.0)
    distance: float = 1000.0
    azimuth: float = -30.0
    elevation: float = 40.0
    plan: bool = False

    @property
    def forward(self) -> NDArray[np.float64]:
        """Unit vector of the look."""
        turn, tilt = np.radians(self.azimuth), np.radians(90.0 if self.plan else self.elevation)
        return np.array([np.sin(turn) * np.cos(tilt), np.cos(turn) * np.cos(tilt), -np.sin(tilt)])

    @property
    def right(self) -> NDArray[np.float64]:
        """Unit vector to the right of the picture."""
        turn = np.radians(self.azimuth)
        return np.array([np.cos(turn), -np.sin(turn), 0.0])

    def orbited(self, across: float, down: float) -> Viewpoint:
        """Return the eye after turning by degrees; plan views turn only."""
        elevation = self.elevation if self.plan else float(np.clip(self.elevation + down, -89.0, 89.9))
        return replace(self, azimuth=(self.azimuth - across + 180.0) % 360.0 - 180.0, elevation=elevation)

    def moved(self, by: NDArray[np.float64]) -> Viewpoint:
        """Return the eye moved by local metres."""
        east, north, up = (float(a + b) for a, b in zip(self.focal, by, strict=True))
        return replace(self, focal=(east, north, up))

    def on_level(self, height: float) -> Viewpoint:
        """Return the same picture with what is looked at moved along the look to a height; a flat look stays as it is."""
        east, north, up = self.focal
        if self.plan:
            return replace(self, focal=(east, north, height))
        forward = self.forward
        reach = (height - up) / float(forward[2]) if forward[2] < -0.1 else 0.0  # noqa: PLR2004 -- flatter than six degrees
        if self.distance + reach < 1.0:
            return self
        return replace(self.moved(forward * reach), distance=self.distance + reach)

    def between(self, other: Viewpoint, share: float) -> Viewpoint:
        """Return an eye on the way to ``other``: bearings the short way round, distances by ratio."""
        east, north, up = (a + (b - a) * share for a, b in zip(self.focal, other.focal, strict=True))
        swing = (other.azimuth - self.azimuth + 180.0) % 360.0 - 180.0
        return replace(
            other,
            focal=(east, north, up),
            distance=self.distance * (other.distance / self.distance) ** share,
            azimuth=self.azimuth + swing * share,
            elevation=self.elevation + (other.elevation - self.elevation) * share,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """How local metres fall on a picture of ``width`` × ``height`` pixels, counted from the top left."""

    eye: Viewpoint
    width: int
    height: int
    position: NDArray[np.float64] = field(init=False)
    right: NDArray[np.float64] = field(init=False)
    up: NDArray[np.float64] = field(init=False)
    forward: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        forward, right = self.eye.forward, self.eye.right
        for name, value in (
            ("forward", forward),
            ("right", right),
            ("up", np.cross(right, forward)),
            ("position", np.array(self.eye.focal) - forward * self.eye.distance),
        ):
            object.__setattr__(self, name, value)

    @property
    def focal_scale(self) -> float:
        """Pixels a metre at the focal point."""
        return self.height / 2 / (_HALF * self.eye.distance)

    def screen(self, points: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return x, y in pixels and the distance along the look; what lies behind the eye has a distance ≤ 0 and no meaning."""
        relative = points - self.position
        across, above, deep = relative @ self.right, relative @ self.up, relative @ self.forward
        scale = self.scale_at(deep)
        return self.width / 2 + across * scale, self.height / 2 - above * scale, deep

    def scale_at(self, deep: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return pixels a metre at distances along the look."""
        if self.eye.plan:
            return np.full(np.shape(deep), self.focal_scale)
        scale: NDArray[np.float64] = self.height / 2 / (_HALF * np.maximum(deep, 1e-3))
        return scale

    def ray(self, x: float, y: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return where the line of sight through a pixel starts, and its unit direction."""
        across, above = (x - self.width / 2) / self.focal_scale, (self.height / 2 - y) / self.focal_scale
        shift = self.right * across + self.up * above
        if self.eye.plan:
            return self.position + shift, self.forward
        toward = self.forward * self.eye.distance + shift
        return self.position, toward / np.linalg.norm(toward)

    def seen(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Return which boxes touch the view, and pixels a metre at the nearest point of each."""
        middle, half = (low + high) / 2 - self.position, (high - low) / 2
        wide = _HALF * self.width / self.height
        if self.eye.plan:
            planes, reach = [self.right, self.up], np.array([wide, _HALF]) * self.eye.distance
            normals = np.stack([*planes, *(-plane for plane in planes)])
            limits = np.concatenate([reach, reach])
        else:
            sides = ((self.right, wide), (-self.right, wide), (self.up, _HALF), (-self.up, _HALF))
            normals = np.stack([*(side - self.forward * slope for side, slope in sides), -self.forward])
            limits = np.zeros(5)
        outside = (middle @ normals.T - half @ np.abs(normals.T) > limits).any(axis=1)
        seen = np.array(np.logical_not(outside))
        return seen, self.scale_at(np.maximum(self.distance_to(low, high), NEAREST))

    def distance_to(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return metres from the eye to boxes, 0 inside."""
        apart: NDArray[np.float64] = np.linalg.norm(np.clip(self.position, low, high) - self.position, axis=-1)
        return apart

    def apply(
        self,
        camera: vtkCamera,
        renderer: vtkRenderer,
        bounds: tuple[NDArray[np.float64], NDArray[np.float64]],
        nearest: float = 0.0,
    ) -> None:
        """Hand the eye to VTK, with a clipping range that just holds ``bounds``; nothing lies nearer than ``nearest`` metres."""
        back = PLAN_HEIGHT if self.eye.plan else 0.0
        camera.SetPosition(*(self.position - self.forward * back))
        camera.SetFocalPoint(*self.eye.focal)
        camera.SetViewUp(*self.up)
        camera.SetViewAngle(VIEW_ANGLE)
        camera.SetParallelProjection(self.eye.plan)
        camera.SetParallelScale(_HALF * self.eye.distance)
        corners = np.stack([np.where(np.array(bits), bounds[1], bounds[0]) for bits in np.ndindex(2, 2, 2)])
        deep = (corners - self.position) @ self.forward + back
        reach = max(float(np.linalg.norm(bounds[1] - bounds[0])) * 0.05, 40.0)
        far = max(float(deep.max()) + reach, NEAREST * 20)
        near = max(float(deep.min()) - reach, 1.0) if self.eye.plan else float(deep.min()) - reach
        if not self.eye.plan:
            near = max(near, min(NEAREST, self.eye.distance * 0.05), far / 20000, nearest * ALONG)
        renderer.GetActiveCamera().SetClippingRange(near, far)


def fitted(points: NDArray[np.float64], eye: Viewpoint, *, width: int, height: int, margin: float = 1.1) -> Viewpoint:
    """Return the same look, moved so that points (float64 (n, 3)) fill the picture and lie in its middle."""
    east, north, up = (float(part) for part in (points.min(axis=0) + points.max(axis=0)) / 2)
    size = float(np.linalg.norm(np.ptp(points, axis=0)))
    eye = replace(eye, focal=(east, north, up), distance=float(np.clip(size / _HALF, 6.0, FARTHEST)))
    for __ in range(5):
        projection = Projection(eye, width, height)
        x, y, __deep = projection.screen(points)
        across = (float(x.min()) + float(x.max()) - width) / 2
        above = (height - float(y.min()) - float(y.max())) / 2
        eye = eye.moved((projection.right * across + projection.up * above) / projection.focal_scale)
        fill = max(float(np.ptp(x)) / max(width, 1), float(np.ptp(y)) / max(height, 1)) * margin
        eye = replace(eye, distance=float(np.clip(eye.distance * max(fill, 1e-6), 6.0, FARTHEST)))
    return eye.on_level(up)
