"""A pipe's wall unrolled: station along, clock around, findings where they lie; a click opens one or begins one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from pipemap.gui import theme
from pipemap.gui.finding_marks import corners_of, paint_mark
from pipemap.gui.findings import colour_of
from pipemap.model.finding import clock_of
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipemap.model.finding import StoredFinding

_LEFT, _TOP, _BOTTOM, _RIGHT = 34.0, 20.0, 20.0, 12.0
_REACH = 12.0
_INSIDE = 8.0
"""Pixels that a mark at the invert keeps from the edge, where the wall is cut open."""
_TICKS = 6


class UnrolledView(QWidget):
    """Findings of one pipe on its wall, cut open at the invert, so that the crown is in the middle."""

    opened = Signal(object)
    """The finding that was clicked."""
    placed = Signal(float, int)
    """Station from the first end, and hour, of a click beside all findings."""

    def __init__(self) -> None:
        super().__init__()
        self._found: Sequence[tuple[StoredFinding, float, float]] = ()
        self._length = 0.0
        self._ends = ("", "")
        self._chosen = 0
        self.setMinimumHeight(170)
        self.setAccessibleName(_("Unrolled pipe wall"))
        self.setToolTip(_("A click on a mark opens the finding; a click beside it begins one there."))

    def sizeHint(self) -> QSize:
        """Wide and low."""
        return QSize(320, 190)

    def show_pipe(
        self, found: Sequence[tuple[StoredFinding, float, float]], length: float, ends: tuple[str, str], *, chosen: int = 0
    ) -> None:
        """Show a pipe of this length; each finding with its start and end from the first node."""
        self._found, self._length, self._ends, self._chosen = found, length, ends, chosen
        self.update()

    @property
    def _wall(self) -> QRectF:
        return QRectF(_LEFT, _TOP, self.width() - _LEFT - _RIGHT, self.height() - _TOP - _BOTTOM)

    def _x(self, station: float) -> float:
        return self._wall.left() + self._wall.width() * station / (self._length or 1.0)

    def _y(self, degrees: float) -> float:
        return self._wall.top() + self._wall.height() * (((degrees + 180.0) % 360.0) / 360.0)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw wall, hours, stations and findings."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        wall = self._wall
        painter.setPen(QPen(theme.colour("line_strong"), 1))
        painter.setBrush(theme.colour("card"))
        painter.drawRect(wall)
        if self._length <= 0:
            painter.setPen(theme.colour("text_2"))
            painter.drawText(wall, int(Qt.AlignmentFlag.AlignCenter), _("Click a pipe to see its wall."))
            painter.end()
            return
        self._paint_grid(painter, wall)
        for stored, start, end in self._found:
            self._paint_finding(painter, stored, start, end)
        painter.end()

    def _paint_grid(self, painter: QPainter, wall: QRectF) -> None:
        line, words = QPen(theme.colour("line"), 1), theme.colour("text_2")
        for hour in (9, 12, 3):
            y = self._y(hour % 12 * 30.0)
            painter.setPen(line)
            painter.drawLine(QPointF(wall.left(), y), QPointF(wall.right(), y))
            painter.setPen(words)
            painter.drawText(
                QRectF(0, y - 9, _LEFT - 6, 18), int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), str(hour)
            )
        step = next((one for one in (1, 2, 5, 10, 20, 50, 100, 200, 500) if self._length / one <= _TICKS), 1000)
        for number in range(int(self._length // step) + 1):
            x = self._x(number * step)
            painter.setPen(line)
            painter.drawLine(QPointF(x, wall.top()), QPointF(x, wall.bottom()))
            painter.setPen(words)
            painter.drawText(QRectF(x - 30, wall.bottom() + 2, 60, 16), int(Qt.AlignmentFlag.AlignCenter), f"{number * step}")
        painter.setPen(words)
        painter.drawText(QRectF(wall.left(), 0, wall.width() / 2, _TOP - 2), int(Qt.AlignmentFlag.AlignLeft), self._ends[0])
        right = QRectF(wall.center().x(), 0, wall.width() / 2, _TOP - 2)
        painter.drawText(right, int(Qt.AlignmentFlag.AlignRight), f"{self._ends[1]}  {self._length:.1f} m")

    def _paint_finding(self, painter: QPainter, stored: StoredFinding, start: float, end: float) -> None:
        finding = stored.finding
        colour, clock = colour_of(finding), clock_of(finding.clock)
        if end > start or (clock is not None and clock.width):
            fill = QColor(colour)
            fill.setAlphaF(0.28)
            painter.setPen(QPen(QColor(colour), 1))
            painter.setBrush(fill)
            for low, high in _bands(clock.start * 30.0, clock.width) if clock is not None else ((0.0, 360.0),):
                top = self._wall.top() + self._wall.height() * low / 360.0
                tall = self._wall.height() * (high - low) / 360.0
                painter.drawRect(QRectF(self._x(start), top, max(self._x(end) - self._x(start), 4.0), max(tall, 4.0)))
        at = self._at(stored, start)
        paint_mark(painter, at, colour, corners_of(finding), size=5.5, ring=stored.fid == self._chosen)
        painter.setPen(theme.colour("text"))
        painter.drawText(at + QPointF(9, 4), finding.code)

    def _at(self, stored: StoredFinding, start: float) -> QPointF:
        clock = clock_of(stored.finding.clock)
        y = self._y(clock.angle if clock is not None else 0.0)
        return QPointF(self._x(start), min(max(y, self._wall.top() + _INSIDE), self._wall.bottom() - _INSIDE))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open what lies there, or tell the place."""
        at = event.position()
        near = [(stored, (self._at(stored, start) - at).manhattanLength()) for stored, start, _end in self._found]
        best = min(near, key=lambda one: one[1], default=None)
        if best is not None and best[1] <= _REACH:
            self.opened.emit(best[0])
        elif self._length > 0 and self._wall.contains(at):
            station = (at.x() - self._wall.left()) / self._wall.width() * self._length
            degrees = (at.y() - self._wall.top()) / self._wall.height() * 360.0 - 180.0
            self.placed.emit(round(station, 2), round(degrees / 30.0) % 12 or 12)


def _bands(start: float, width: float) -> tuple[tuple[float, float], ...]:
    """Return the stripes, in degrees from the invert, that an arc covers; one over the cut is two."""
    low = (start + 180.0) % 360.0
    high = low + width
    return ((low, high),) if high <= 360.0 else ((low, 360.0), (0.0, high - 360.0))  # noqa: PLR2004 -- a whole turn
