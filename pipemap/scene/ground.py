"""The ground as it is drawn: a translucent sheet with the light of a low sun painted in, and a faint grid of round metres."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipemap.scene import props
from pipemap.scene.colours import rgb

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from vtkmodules.vtkRenderingCore import vtkActor, vtkRenderer

    from pipemap.scene.colours import Theme
    from pipemap.scene.drawing import Drawing

SUN = (-0.45, 0.55, 0.70)
GRID_STEPS = (10.0, 50.0, 100.0, 500.0, 1000.0, 5000.0)
MOST_LINES = 48
NEAR_STEP, NEAR_REACH, NEAR_SCALE = 10.0, 160.0, 4.0
"""The fine grid: metres between its lines, metres it reaches, pixels a metre from which on it is there."""
FAR_SCALE, COARSER = 0.8, 3
"""Pixels a metre below which the sheet has only every third row and column of points."""

SINK = 0.12
"""Metres that the sheet lies below the surveyed ground, so that covers and grates show on it."""


class Ground:
    """The sheet and its grid on a renderer."""

    def __init__(self, renderer: vtkRenderer, drawing: Drawing, theme: Theme) -> None:
        self._renderer, self._drawing, self._theme = renderer, drawing, theme
        self._actors: list[vtkActor] = []
        self._patch: vtkActor | None = None
        self._near_at: tuple[float, float] | None = None
        self._opacity = 1.0
        surface = drawing.terrain
        self.grid_step = 0.0
        self.box: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
        self._sheet: vtkActor | None = None
        self._far_sheet: vtkActor | None = None
        self._is_far = False
        self._grid: vtkActor | None = None
        if len(surface.east) and (surface.known or drawing.schematic or drawing.estimated):
            points = _points(drawing)
            colours = _painted(points, surface.weight, theme)
            self.box = points.min(axis=(0, 1)).astype(np.float64), points.max(axis=(0, 1)).astype(np.float64)
            self._sheet = props.sheet(points.reshape(-1, 3), _faces(colours), colours.reshape(-1, 4))
            coarse = colours[::COARSER, ::COARSER]
            self._far_sheet = props.sheet(points[::COARSER, ::COARSER].reshape(-1, 3), _faces(coarse), coarse.reshape(-1, 4))
            self._grid = self._lines(drawing, theme)
            self._actors = [actor for actor in (self._sheet, self._far_sheet, self._grid) if actor is not None]
        for actor in self._actors:
            renderer.AddActor(actor)

    def follow(self, drawing: Drawing) -> None:
        """Lie under a drawing that followed from this one's; the ground is the same."""
        self._drawing = drawing

    def fade(self, opacity: float) -> None:
        """Take the sheet from gone (0) to solid (1); the grid goes with it, but stays faint."""
        self._opacity = opacity
        for sheet, is_far in ((self._sheet, False), (self._far_sheet, True)):
            if sheet is not None:
                sheet.GetProperty().SetOpacity(opacity)
                sheet.SetForceTranslucent(opacity < 1.0)
                sheet.SetForceOpaque(opacity >= 1.0)
                sheet.SetVisibility(opacity > 0 and is_far == self._is_far)
        if self._grid is not None:
            self._grid.GetProperty().SetOpacity(min(1.0, 0.25 + 0.5 * opacity))
            self._grid.SetVisibility(opacity > 0)

    def near(self, focal: tuple[float, float, float], scale: float, pixel_ratio: float = 1.0) -> None:
        """Lay a finer grid around what the eye looks at when it is close, and a coarser sheet when it is far."""
        is_far = scale < FAR_SCALE * pixel_ratio
        if is_far != self._is_far:
            self._is_far = is_far
            self.fade(self._opacity)
        step = NEAR_STEP * round(focal[0] / NEAR_STEP / 4) * 4, NEAR_STEP * round(focal[1] / NEAR_STEP / 4) * 4
        wanted = step if scale > NEAR_SCALE and self._sheet is not None and self._opacity > 0 else None
        if wanted == self._near_at:
            return
        self._near_at = wanted
        if self._patch is not None:
            self._renderer.RemoveActor(self._patch)
            self._actors.remove(self._patch)
            self._patch = None
        if wanted is not None:
            self._patch = _patch(self._drawing, self._theme, wanted)
            self._actors.append(self._patch)
            self._renderer.AddActor(self._patch)

    def draw_last(self) -> None:
        """Put the sheet after everything that shines through it; without depth peeling the order is what blends."""
        for actor in self._actors:
            self._renderer.RemoveActor(actor)
            self._renderer.AddActor(actor)

    def clear(self) -> None:
        """Take it off the renderer."""
        for actor in self._actors:
            self._renderer.RemoveActor(actor)
        self._actors, self._sheet, self._far_sheet, self._grid, self._patch = [], None, None, None, None

    def _lines(self, drawing: Drawing, theme: Theme) -> vtkActor | None:
        surface = drawing.terrain
        extent = max(float(np.ptp(surface.east)), float(np.ptp(surface.north)))
        step = next((step for step in GRID_STEPS if extent / step <= MOST_LINES), GRID_STEPS[-1])
        self.grid_step = step
        runs = []
        finer = float(surface.east[1] - surface.east[0])
        for axis, across, along in ((0, surface.east, surface.north), (1, surface.north, surface.east)):
            fixed = np.arange(np.ceil(across[0] / step), np.floor(across[-1] / step) + 1) * step
            free = np.arange(along[0], along[-1], finer)
            line = np.empty((len(fixed), len(free), 3))
            line[..., axis], line[..., 1 - axis] = fixed[:, None], free[None]
            runs.append(line)
        pairs, points, start = [], [], 0
        for line in runs:
            count = line.shape[0] * line.shape[1]
            if not count or line.shape[1] < 2:  # noqa: PLR2004 -- a line has two ends
                continue
            line[..., 2] = surface.level_at(line[..., 0], line[..., 1])
            number = np.arange(start, start + count).reshape(line.shape[:2])
            pairs.append(np.stack([number[:, :-1], number[:, 1:]], axis=-1).reshape(-1, 2))
            points.append(line.reshape(-1, 3))
            start += count
        if not points:
            return None
        world = np.concatenate(points)
        weight = _weight_at(drawing, world)
        colours = np.empty((len(world), 4), dtype=np.uint8)
        colours[:, :3] = rgb(theme.grid)
        colours[:, 3] = (weight * 120).astype(np.uint8)
        local = drawing.frame.local(world) - (0, 0, SINK * 0.8)
        return props.polylines(local.astype(np.float32), np.concatenate(pairs), colours, width=1.0)


def _patch(drawing: Drawing, theme: Theme, centre: tuple[float, float]) -> vtkActor:
    """Lines every ten metres that fade away from the centre (local)."""
    fixed = np.arange(-NEAR_REACH, NEAR_REACH + 1, NEAR_STEP)
    line = np.empty((2, len(fixed), len(fixed), 3))
    line[0, ..., 0], line[0, ..., 1] = fixed[:, None], fixed[None]
    line[1, ..., 1], line[1, ..., 0] = fixed[:, None], fixed[None]
    line[..., :2] += centre
    line[..., 2] = 0
    local = line.reshape(-1, 3)
    world = drawing.frame.world(local)
    world[:, 2] = drawing.terrain.level_at(world[:, 0], world[:, 1])
    local = drawing.frame.local(world) - (0, 0, SINK * 0.8)
    far = np.hypot(local[:, 0] - centre[0], local[:, 1] - centre[1]) / NEAR_REACH
    colours = np.empty((len(local), 4), dtype=np.uint8)
    colours[:, :3] = rgb(theme.grid)
    colours[:, 3] = np.clip(1 - far, 0, 1) * _weight_at(drawing, world) * 95
    number = np.arange(len(local)).reshape(2, len(fixed), len(fixed))
    pairs = np.stack([number[..., :-1], number[..., 1:]], axis=-1).reshape(-1, 2)
    return props.polylines(local.astype(np.float32), pairs, colours, width=1.0)


def _points(drawing: Drawing) -> NDArray[np.float32]:
    surface = drawing.terrain
    east, north = np.meshgrid(surface.east, surface.north)
    world = np.stack([east, north, surface.level], axis=-1)
    return (drawing.frame.local(world) - (0, 0, SINK)).astype(np.float32)


def _faces(colours: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Two triangles a cell, but none where nothing would be seen."""
    rows, columns = colours.shape[:2]
    number = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, 1:], number[1:, :-1]
    faces = np.stack([a, b, c, a, c, d], axis=-1).reshape(-1, 3)
    seen: NDArray[np.int64] = faces[(colours[..., 3].reshape(-1)[faces] > 0).any(axis=1)]
    return seen


def _painted(points: NDArray[np.float32], weight: NDArray[np.float64], theme: Theme) -> NDArray[np.uint8]:
    """Colour with the slope's light in it, and transparency that fades where nothing was surveyed."""
    rows, columns = points.shape[:2]
    slope_north = np.gradient(points[..., 2], axis=0) / max(float(points[1, 0, 1] - points[0, 0, 1]), 1e-6) if rows > 1 else 0.0
    slope_east = np.gradient(points[..., 2], axis=1) / max(float(points[0, 1, 0] - points[0, 0, 0]), 1e-6) if columns > 1 else 0.0
    steep = 3.0
    light = -SUN[0] * slope_east * steep - SUN[1] * slope_north * steep + SUN[2]
    light = light / np.sqrt(1 + (slope_east * steep) ** 2 + (slope_north * steep) ** 2) / SUN[2]
    shade = np.clip(0.55 + 0.45 * light, 0.7, 1.18)
    colours = np.empty((rows, columns, 4))
    colours[..., :3] = np.clip(np.array(rgb(theme.ground)) * shade[..., None], 0, 255)
    colours[..., 3] = 255 * np.clip(weight, 0, 1)
    return colours.astype(np.uint8)


def _weight_at(drawing: Drawing, world: NDArray[np.float64]) -> NDArray[np.float64]:
    surface = drawing.terrain
    cells = [
        np.clip(np.rint((world[:, axis] - lines[0]) / (lines[1] - lines[0])).astype(int), 0, len(lines) - 1)
        for axis, lines in enumerate((surface.east, surface.north))
    ]
    weight: NDArray[np.float64] = surface.weight[cells[1], cells[0]]
    return weight
