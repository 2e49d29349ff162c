"""Where the data are wrong: one mark a problem, told apart by shape too; of marks that would lie on each other only the worst."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.scene.camera import Projection
    from pipemap.scene.canvas import Canvas
    from pipemap.scene.drawing import Drawing
    from pipemap.scene.look import Look
    from pipemap.scene.picking import Shown

MOST = 250
"""Marks in one picture."""
_CELL = 20.0
"""Pixels of a square in which one mark has room."""
_COLOURS = {"error": "#C62839", "warning": "#E8A317", "info": "#4B7BA6"}
_LIFT = 13.0
"""Pixels by which a mark stands above what it is about, so that this can be seen and picked."""


@dataclass(frozen=True, slots=True, eq=False)
class ProblemMarks:
    """Problems to mark, the worst first.

    Attributes
    ----------
    is_node
        bool: it is a node, else a pipe.
    rows
        int64: its row.
    severities
        ``error``, ``warning`` or ``info``.
    """

    is_node: NDArray[np.bool_]
    rows: NDArray[np.int64]
    severities: NDArray[np.object_]

    def places(self, drawing: Drawing, node_places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where each stands; NaN where nothing is drawn of it."""
        found = np.full((len(self.rows), 3), np.nan)
        found[self.is_node] = node_places
        bars = drawing.middle[self.rows[~self.is_node]]
        there = np.where((bars >= 0)[:, None], (drawing.start[bars] + drawing.end[bars]) / 2, np.nan)
        found[~self.is_node] = there
        return found

    def are_shown(self, shown: Shown) -> NDArray[np.bool_]:
        """Return which are about something of a category that is not hidden."""
        found = np.zeros(len(self.rows), dtype=np.bool_)
        found[self.is_node] = shown.nodes[self.rows[self.is_node]]
        found[~self.is_node] = shown.pipes[self.rows[~self.is_node]]
        return found


def draw_marks(
    canvas: Canvas, marks: ProblemMarks, places: NDArray[np.float64], kept: NDArray[np.bool_], projection: Projection, look: Look
) -> None:
    """Draw those marks that have room."""
    x, y, deep = projection.screen(places)
    ratio = look.pixel_ratio
    seen = kept & (deep > 0) & (x > 0) & (x < projection.width) & (y > 0) & (y < projection.height)
    rows = np.flatnonzero(seen)
    cells = np.floor(np.column_stack([x[rows], y[rows]]) / (_CELL * ratio)).astype(np.int64)
    _cells, first = np.unique(cells, axis=0, return_index=True)
    for row in rows[np.sort(first)[:MOST]][::-1].tolist():
        mark(canvas, str(marks.severities[row]), float(x[row]), float(y[row]) - _LIFT * ratio, ratio, edge=look.theme.panel)


def mark(canvas: Canvas, severity: str, x: float, y: float, ratio: float, *, edge: str) -> None:
    """Draw one mark around a pixel: an error is a diamond, a warning a triangle, a remark a small disc."""
    colour = _COLOURS.get(severity, _COLOURS["info"])
    if severity == "error":
        for grow, fill in ((9.6, edge), (8.2, colour)):
            r = grow * ratio
            canvas.polygon([(x, y - r), (x + r, y), (x, y + r), (x - r, y)], fill)
        _exclamation(canvas, x, y, ratio, "#ffffff")
    elif severity == "warning":
        for grow, fill in ((9.8, edge), (8.0, colour)):
            r = grow * ratio
            canvas.polygon([(x, y - r), (x + r, y + 0.8 * r), (x - r, y + 0.8 * r)], fill)
        _exclamation(canvas, x, y + 1.6 * ratio, ratio * 0.85, "#20242a")
    else:
        canvas.disc(x, y, 5.2 * ratio, edge)
        canvas.disc(x, y, 3.8 * ratio, colour)


def _exclamation(canvas: Canvas, x: float, y: float, ratio: float, colour: str) -> None:
    canvas.rectangle(x - 1.0 * ratio, y - 4.2 * ratio, 2.0 * ratio, 5.2 * ratio, colour)
    canvas.rectangle(x - 1.0 * ratio, y + 2.2 * ratio, 2.0 * ratio, 2.0 * ratio, colour)
