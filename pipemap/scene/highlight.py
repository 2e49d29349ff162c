"""What stands out: outline and halo of the selection and the hovered element, arrows that run along a result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipemap.scene import props
from pipemap.scene.colours import HOVERED, SELECTED, rgb
from pipemap.scene.glyphs import Copies, arrow, copies
from pipemap.scene.layers import PipeLayer, Style

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from vtkmodules.vtkRenderingCore import vtkActor, vtkRenderer

    from pipemap.scene.camera import Projection
    from pipemap.scene.composing import Composition
    from pipemap.scene.drawing import Drawing
    from pipemap.scene.props import Air
    from pipemap.scene.sight import Sight

MOST_ARROWS = 1500
MOST_LOOKED_AT = 20_000
"""Bars that are looked at for a place for arrows."""

ARROW_EVERY = 70.0
"""Pixels between flow arrows."""


class Emphasis:
    """Selection and hover: a hull around each pipe in front, and a halo that shows through everything."""

    def __init__(self, renderer: vtkRenderer, top: vtkRenderer) -> None:
        self._renderer, self._top = renderer, top
        self.layers: list[PipeLayer] = []

    def show(
        self,
        drawing: Drawing,
        pipes: NDArray[np.int64],
        hover: tuple[str, int] | None,
        *,
        dark: bool,
    ) -> None:
        """Emphasise these rows. Nodes get their ring on the flat sheet over the picture."""
        self.clear()
        if len(pipes):
            self._outline(drawing, pipes, SELECTED[dark], halo=11.0, opacity=0.4)
        if hover is not None and hover[0] == "pipe":
            self._outline(drawing, np.array([hover[1]]), HOVERED[dark], halo=6.0, opacity=0.45)

    def clear(self) -> None:
        """Take all emphasis away."""
        for layer in self.layers:
            layer.clear()
        self.layers = []

    def _outline(self, drawing: Drawing, pipes: NDArray[np.int64], colour: str, *, halo: float, opacity: float) -> None:
        bars = drawing.bars_of(np.asarray(pipes, dtype=np.int64))
        colours = np.broadcast_to(np.array(rgb(colour), dtype=np.uint8), (drawing.network.pipe_count, 3))
        self.layers.append(PipeLayer(self._renderer, drawing, bars, colours, Style(line_width=4.0, hull=True)))
        self.layers.append(PipeLayer(self._top, drawing, bars, colours, Style(line_width=halo, opacity=opacity, lines_only=True)))


class Flow:
    """Arrows along the pipes of a result; :meth:`show` with a growing phase makes them run."""

    def __init__(self, renderer: vtkRenderer, air: Air) -> None:
        self._renderer, self._air = renderer, air
        self._actor: vtkActor | None = None

    def show(self, composition: Composition, projection: Projection, sight: Sight, phase: float) -> None:
        """Draw arrows on pipes whose direction is known, ``phase`` (0 to 1) of a spacing on their way."""
        self.clear()
        drawing = composition.drawing
        spacing = float(2.0 ** np.ceil(np.log2(ARROW_EVERY / projection.focal_scale)))
        bars = _in_view(drawing, projection, _some(drawing, composition.flowing, sight))
        direction = drawing.network.flow.direction[drawing.bar_pipe[bars]]
        spots, run, bar = _along(drawing, bars, direction, spacing, phase)
        if not len(spots):
            return
        __, __, deep = projection.screen(spots)
        size = np.maximum(drawing.half_height[bar] * 5.0, 12.0 / projection.scale_at(deep))
        colour = np.array(rgb("#ffffff" if composition.look.dark else "#12324f"), dtype=np.uint8)
        stand = Copies(
            spots, size, np.zeros(len(spots)), np.arctan2(run[:, 1], run[:, 0]),
            *(np.broadcast_to(colour, (len(spots), 3)),) * 2,
        )  # fmt: skip
        shape = arrow().coarse or arrow()
        self._actor = props.surface(copies(shape, stand, palette=np.zeros((5, 3), dtype=np.uint8)), self._air)
        self._renderer.AddActor(self._actor)

    def clear(self) -> None:
        """Take the arrows away."""
        if self._actor is not None:
            self._renderer.RemoveActor(self._actor)
            self._actor = None


def _some(drawing: Drawing, bars: NDArray[np.int64], sight: Sight) -> NDArray[np.int64]:
    """Return bars of the tiles in view, the thickest of each tile where all were too many."""
    starts = np.searchsorted(bars, drawing.tiles.bars)
    tiles = np.flatnonzero(sight.seen & (np.diff(starts) > 0))
    count = (starts[1:] - starts[:-1])[tiles]
    if count.sum() > MOST_LOOKED_AT:
        count = np.maximum(count * MOST_LOOKED_AT // count.sum(), 1)
    place = np.arange(int(count.sum())) + np.repeat(starts[tiles] - np.cumsum(count) + count, count)
    some: NDArray[np.int64] = bars[place]
    return some


def _in_view(drawing: Drawing, projection: Projection, bars: NDArray[np.int64]) -> NDArray[np.int64]:
    x, y, deep = projection.screen((drawing.start[bars] + drawing.end[bars]) / 2)
    slack = 200
    seen = (x > -slack) & (x < projection.width + slack) & (y > -slack) & (y < projection.height + slack) & (deep > 0)
    kept: NDArray[np.int64] = bars[seen]
    return kept


def _along(
    drawing: Drawing, bars: NDArray[np.int64], direction: NDArray[np.int8], spacing: float, phase: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Places every ``spacing`` metres along bars in flow direction; how far each begins follows from where it lies."""
    with_flow = (direction > 0)[:, None]
    start = np.where(with_flow, drawing.start[bars], drawing.end[bars]).astype(np.float64)
    run = np.where(with_flow, drawing.end[bars], drawing.start[bars]) - start
    length = np.linalg.norm(run, axis=1)
    offset = np.mod(start[:, 0] * 0.37 + start[:, 1] * 0.61, spacing)
    first = np.mod(offset + phase * spacing, spacing)
    count = np.maximum(np.floor((length - first) / spacing).astype(np.int64) + 1, 0)
    count = np.where(first <= length, count, 0)
    if count.sum() > MOST_ARROWS:
        return _along(drawing, bars, direction, spacing * 2, phase)
    which = np.repeat(np.arange(len(bars)), count)
    place = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
    share = (first[which] + place * spacing) / np.maximum(length[which], 1e-6)
    return start[which] + run[which] * share[:, None], run[which], bars[which]
