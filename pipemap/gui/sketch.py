"""What a mode of editing shows over the map before anything is changed: lines, marks, a few words at the pointer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from pipemap.gui import theme

if TYPE_CHECKING:
    from pipemap.gui.measure import Spot

MARK = 6.0
"""Pixels from the middle of a mark to its edge."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """Places (east, north, level) in lines and marks.

    Attributes
    ----------
    drawn
        What will be there: full lines.
    guessed
        What follows the pointer, or follows along: dashed lines.
    marks
        Places with their kind: those of a snap, ``vertex`` and ``chosen``.
    told
        Words beside the last mark.
    """

    drawn: tuple[tuple[Spot, ...], ...] = ()
    guessed: tuple[tuple[Spot, ...], ...] = ()
    marks: tuple[tuple[Spot, str], ...] = ()
    told: str = ""


@dataclass(frozen=True, slots=True)
class OnScreen:
    """A sketch in pixels."""

    drawn: Sequence[Sequence[tuple[float, float]]] = ()
    guessed: Sequence[Sequence[tuple[float, float]]] = ()
    marks: Sequence[tuple[tuple[float, float], str]] = ()
    told: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to paint."""
        return not (self.drawn or self.guessed or self.marks)


def on_screen(sketch: Sketch, pixel_of: Callable[[Spot], tuple[float, float] | None]) -> OnScreen:
    """Put a sketch where its places are drawn now; what lies behind the eye is left out."""

    def line(places: Sequence[Spot]) -> list[tuple[float, float]]:
        return [pixel for place in places if (pixel := pixel_of(place)) is not None]

    marks = [(pixel, kind) for place, kind in sketch.marks if (pixel := pixel_of(place)) is not None]
    return OnScreen([line(one) for one in sketch.drawn], [line(one) for one in sketch.guessed], marks, sketch.told)


def paint(painter: QPainter, shown: OnScreen) -> None:
    """Paint a sketch."""
    accent, halo = theme.colour("accent"), theme.colour("halo")
    for lines, style in ((shown.drawn, Qt.PenStyle.SolidLine), (shown.guessed, Qt.PenStyle.DashLine)):
        for points in lines:
            polygon = QPolygonF([QPointF(x, y) for x, y in points])
            for colour, width, pen in ((halo, 5.0, Qt.PenStyle.SolidLine), (accent, 2.2, style)):
                painter.setPen(QPen(colour, width, pen, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
                painter.drawPolyline(polygon)
    for (x, y), kind in shown.marks:
        _paint_mark(painter, QPointF(x, y), kind, accent, halo)


def _paint_mark(painter: QPainter, at: QPointF, kind: str, colour: QColor, halo: QColor) -> None:
    """Each kind has a shape of its own: square, triangle pair, angle, cross, small square."""
    if kind in {"vertex", "chosen"}:
        size = 4.0 if kind == "vertex" else MARK
        painter.setPen(QPen(halo, 1.4))
        painter.setBrush(colour)
        painter.drawRect(QRectF(at.x() - size, at.y() - size, 2 * size, 2 * size))
        return
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for shade, width in ((halo, 5.0), (colour, 2.0)):
        painter.setPen(QPen(shade, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.MiterJoin))
        for points in _STROKES[kind]:
            painter.drawPolyline(QPolygonF([QPointF(at.x() + MARK * x, at.y() + MARK * y) for x, y in points]))


_STROKES: dict[str, tuple[tuple[tuple[float, float], ...], ...]] = {
    "node": (((-1.3, -1.3), (1.3, -1.3), (1.3, 1.3), (-1.3, 1.3), (-1.3, -1.3)),),
    "pipe": (((-1.2, -1.2), (1.2, -1.2), (-1.2, 1.2), (1.2, 1.2), (-1.2, -1.2)),),
    "perpendicular": (((-1.2, -1.2), (-1.2, 1.2), (1.2, 1.2)), ((-1.2, 0.1), (-0.1, 0.1), (-0.1, 1.2))),
    "distance": (((0.0, -1.4), (1.4, 0.0), (0.0, 1.4), (-1.4, 0.0), (0.0, -1.4)),),
    "place": (((-1.0, 0.0), (1.0, 0.0)), ((0.0, -1.0), (0.0, 1.0))),
}
