"""What floats over the map: the card of what is under the pointer, the hint line of a tool, the legend, the selection band."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from pipemap import catalog
from pipemap.gui import theme
from pipemap.gui.finding_marks import Mark, paint_mark
from pipemap.gui.icons import icon
from pipemap.gui.parts import label, tool_button
from pipemap.gui.sketch import OnScreen, paint
from pipemap.gui.swatches import swatch
from pipemap.gui.track_lines import TracksOnScreen
from pipemap.gui.words import waiting
from pipemap.model.wording import category_label, kind_label, metres, size_label
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipemap.model.lookup import Element
    from pipemap.model.network import Network
    from pipemap.scene import Legend

CORNER = 220
"""Pixels at the lower right that scale bar and compass take."""

FRAME = 12
"""Pixels of a card's edge and margins, both sides together."""

GAP = 18
"""Pixels between the pointer and its card."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the card says of an element."""

    title: str
    colour: str
    rows: tuple[tuple[str, str], ...]


def facts(network: Network, element: Element, *, dark: bool) -> Facts:
    """What a person wants to know at a glance: id, category, size, material, depth."""
    if element.layer == "node":
        return _node_facts(network, element.row, dark=dark)
    row = element.row
    code = network.pipe_category[row]
    rows = [(_("Category"), category_label(code) if code else "")]
    width = float(network.width[row])
    rows.append((_("Size"), size_label(network, row) if np.isfinite(width) else ""))
    rows.append((_("Material"), _material(network.pipe_material[row])))
    rows.append((_("Depth"), _depths(float(network.from_depth[row]), float(network.to_depth[row]))))
    length = float(network.length[row])
    rows.append((_("Length"), metres(length) if np.isfinite(length) else ""))
    rows.append((_("Secrecy"), "" if network.release.pipes[row] else _("Secret: does not leave")))
    rows.append((_("Batch"), waiting(network, int(network.pipe_batch[row]))))
    return Facts(network.pipe_ids[row], catalog.colour_of(code, dark=dark), tuple(row for row in rows if row[1]))


def _node_facts(network: Network, row: int, *, dark: bool) -> Facts:
    code = network.node_category[row]
    kind = network.node_appurtenance[row] or network.node_feature[row] or ""
    role = kind_label(network.node_kind[row] or "point")
    ground, depth = float(network.node_xyz[row, 2]), float(network.chamber_depth[row])
    rows = [
        (_("Category"), category_label(code) if code else ""),
        (_("Kind"), f"{role} · {kind}" if kind and kind != role else role),
        (_("Ground"), f"{ground:.2f} m" if np.isfinite(ground) else ""),
        (_("Depth"), f"{depth:.2f} m" if np.isfinite(depth) else ""),
        (_("Secrecy"), "" if network.release.nodes[row] else _("Secret: does not leave")),
        (_("Batch"), waiting(network, int(network.node_batch[row]))),
    ]
    return Facts(network.node_ids[row], catalog.colour_of(code, dark=dark), tuple(row for row in rows if row[1]))


def _material(text: str | None) -> str:
    known = catalog.material(text) if text else None
    return f"{text} {known.label}" if known is not None and text and known.label.lower() != text.lower() else text or ""


def _depths(start: float, end: float) -> str:
    known = [depth for depth in (start, end) if np.isfinite(depth)]
    if not known:
        return ""
    if len(known) == 1 or round(start, 2) == round(end, 2):
        return f"{known[0]:.2f} m"
    return f"{start:.2f} → {end:.2f} m"


class HoverCard(QFrame):
    """One small card beside the pointer."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self.setObjectName("card")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(12, 8, 12, 8)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(2)
        self.hide()

    def show_facts(self, shown: Facts, at: QPoint) -> None:
        """Say this, beside that place and inside the map."""
        while self._grid.count():
            item = self._grid.takeAt(0)
            if item is not None and (old := item.widget()) is not None:
                old.setParent(None)
                old.deleteLater()
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(0, 0, 0, 2)
        row.setSpacing(6)
        mark = QLabel()
        mark.setPixmap(swatch(shown.colour))
        row.addWidget(mark)
        row.addWidget(label(shown.title, "strong"), 1)
        self._grid.addWidget(head, 0, 0, 1, 2)
        for place, (name, value) in enumerate(shown.rows, start=1):
            self._grid.addWidget(label(name, "small"), place, 0)
            self._grid.addWidget(label(value), place, 1)
        self._grid.setColumnStretch(1, 1)
        self._grid.activate()
        self.adjustSize()
        self.place(at)
        self.show()
        self.raise_()

    def place(self, at: QPoint) -> None:
        """Stand beside a place: to its lower right, or where there is room."""
        room = self._over.rect()
        x = at.x() + GAP if at.x() + GAP + self.width() <= room.right() - 4 else at.x() - GAP - self.width()
        y = at.y() + GAP if at.y() + GAP + self.height() <= room.bottom() - 4 else at.y() - GAP - self.height()
        self.move(max(4, x), max(4, y))


class HintLine(QFrame):
    """What to do next in a mode, and how to leave it."""

    left = Signal()

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self.setObjectName("card")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 4, 4)
        row.setSpacing(8)
        self._title, self._words = label("", "strong"), label("", "quiet")
        self._words.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        row.addWidget(self._title)
        row.addWidget(self._words, 1)
        self._row = row
        self._leave = tool_button("x", _("Leave this mode (Esc)"), self.left.emit)
        row.addWidget(self._leave)
        self.hide()

    def add_setting(self, widget: QWidget) -> None:
        """Give a mode a setting, before the button that leaves it; it hides itself in other modes."""
        self._row.insertWidget(self._row.count() - 1, widget)

    def say(self, title: str, words: str) -> None:
        """Say it; nothing hides the line."""
        self._title.setText(title)
        self._title.setVisible(bool(title))
        self._words.setText(words)
        self._leave.setToolTip(_("Leave this mode (Esc)"))
        self.setVisible(bool(title or words))
        self.settle()

    def settle(self) -> None:
        """Stand in the middle at the bottom, clear of scale bar and compass; long words wrap."""
        room = self._over.width() - 24 - CORNER
        self._words.setWordWrap(False)
        if self.sizeHint().width() > room:
            self._words.setWordWrap(True)
            self.setFixedWidth(max(room, 120))
        else:
            self.setMinimumWidth(0)
            self.setMaximumWidth(16_777_215)
        self.adjustSize()
        x = min((self._over.width() - self.width()) // 2, self._over.width() - self.width() - CORNER)
        self.move(max(12, x), self._over.height() - self.height() - 12)


class LegendCard(QFrame):
    """What the colours mean; folds to its title."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self.setObjectName("card")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(4, 4, 4, 4)
        self._column.setSpacing(0)
        self.is_folded = True
        self._body = QWidget()
        self._title = QToolButton()
        self._title.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._title.setAutoRaise(True)
        self._title.setAccessibleName(_("Legend"))
        self._title.clicked.connect(lambda: self.fold(on=not self.is_folded))
        self._area = QScrollArea()
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidgetResizable(True)
        self._column.addWidget(self._title)
        self._column.addWidget(self._area)
        self.hide()

    def show_legend(self, legend: Legend) -> None:
        """Show these entries."""
        self.setVisible(bool(legend.entries))
        words = legend.title or _("Legend")
        self._title.setText(f"{words} ({legend.unit})" if legend.unit else words)
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(8, 4, 8, 4)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        for place, entry in enumerate(legend.entries):
            mark = QLabel()
            mark.setPixmap(swatch(entry.colour))
            grid.addWidget(mark, place, 0)
            grid.addWidget(label(entry.label), place, 1)
            grid.addWidget(label(f"{entry.count:,}", "small"), place, 2, Qt.AlignmentFlag.AlignRight)
        grid.setColumnStretch(1, 1)
        self._area.setWidget(body)
        self._body = body
        self.fold(on=self.is_folded)

    def fold(self, *, on: bool) -> None:
        """Show the title alone, or everything."""
        self.is_folded = on
        self._area.setVisible(not on)
        self._title.setIcon(icon("caret-right" if on else "caret-down"))
        self._title.setToolTip(_("Show the legend") if on else _("Fold the legend"))
        self.settle()

    def settle(self) -> None:
        """As large as its entries, as far as the map has room."""
        self.move(12, 12)
        title = self._title.sizeHint()
        body = self._body.sizeHint()
        if self.is_folded:
            self.resize(title.width() + FRAME, title.height() + FRAME)
            return
        room = self._over.height() - 80 - title.height() - FRAME
        height = min(body.height(), max(room, 60))
        bar = 14 if height < body.height() else 0
        self.resize(max(title.width(), body.width() + bar) + FRAME, title.height() + height + FRAME)


@dataclass(frozen=True, slots=True)
class Sign:
    """A mark that a mode draws while it waits: where, and what: ``barrier``, ``start``, ``point``."""

    x: float
    y: float
    shape: str


class Overlay(QWidget):
    """Paints what is not part of the survey: the band of a selection, barriers placed, what is being measured."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.band: QRect | None = None
        self.signs: Sequence[Sign] = ()
        self.measured: Sequence[tuple[float, float]] = ()
        self.area: Sequence[tuple[float, float]] = ()
        self.ghosts: Sequence[Sequence[tuple[float, float]]] = ()
        self.findings: Sequence[Mark] = ()
        self.tracks = TracksOnScreen()
        self.told = ""
        self.sketch = OnScreen()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to paint."""
        painted = self.signs or self.measured or self.area or self.ghosts or self.findings
        return self.band is None and not painted and self.sketch.is_empty and self.tracks.is_empty

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint it."""
        if self.is_empty:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.band is not None:
            self._paint_area(painter, QPolygonF(QRectF(self.band)))
        if self.area:
            self._paint_area(painter, QPolygonF([QPointF(x, y) for x, y in self.area]))
        self.tracks.paint(painter)
        for ghost in self.ghosts:
            _paint_ghost(painter, [QPointF(x, y) for x, y in ghost])
        if self.measured:
            self._paint_measure(painter)
        if not self.sketch.is_empty:
            paint(painter, self.sketch)
            if self.sketch.told and self.sketch.marks:
                _paint_words(painter, QPointF(*self.sketch.marks[-1][0]), self.sketch.told)
        for mark in self.findings:
            paint_mark(painter, QPointF(mark.x, mark.y), mark.colour, mark.corners, ring=mark.is_open)
        for sign in self.signs:
            _SIGNS[sign.shape](painter, QPointF(sign.x, sign.y))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Nothing here is clicked."""
        event.ignore()

    def _paint_area(self, painter: QPainter, area: QPolygonF) -> None:
        edge = theme.colour("accent")
        fill = QColor(edge)
        fill.setAlphaF(0.14)
        painter.setPen(QPen(edge, 1.2))
        painter.setBrush(fill)
        painter.drawPolygon(area)

    def _paint_measure(self, painter: QPainter) -> None:
        points = [QPointF(x, y) for x, y in self.measured]
        for colour, width in ((theme.colour("halo"), 5.0), (theme.colour("accent"), 2.0)):
            painter.setPen(QPen(colour, width, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin))
            painter.drawPolyline(QPolygonF(points))
        painter.setPen(QPen(theme.colour("halo"), 1.5))
        painter.setBrush(theme.colour("accent"))
        for point in points:
            painter.drawEllipse(point, 4.0, 4.0)
        if self.told:
            _paint_words(painter, points[-1], self.told)


def _paint_ghost(painter: QPainter, points: Sequence[QPointF]) -> None:
    """What would lie there: a pipe as a broken line, a point as a ring."""
    for colour, width in ((theme.colour("halo"), 6.0), (theme.colour("accent"), 2.6)):
        painter.setPen(QPen(colour, width, s=Qt.PenStyle.DashLine if width < 4 else Qt.PenStyle.SolidLine))  # noqa: PLR2004
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if len(points) > 1:
            painter.drawPolyline(QPolygonF(points))
        else:
            painter.drawEllipse(points[0], 9.0, 9.0)


def _paint_words(painter: QPainter, at: QPointF, words: str) -> None:
    lines = words.split("\n")
    metrics = painter.fontMetrics()
    width = max(metrics.horizontalAdvance(line) for line in lines)
    box = QRectF(at.x() + 12, at.y() + 8, width + 16, metrics.height() * len(lines) + 8)
    painter.setPen(QPen(theme.colour("line_strong"), 1))
    painter.setBrush(theme.colour("card"))
    painter.drawRoundedRect(box, 6, 6)
    painter.setPen(theme.colour("text"))
    painter.drawText(box.adjusted(8, 4, -8, -4), int(Qt.AlignmentFlag.AlignLeft), words)


def _paint_barrier(painter: QPainter, at: QPointF) -> None:
    turn = np.radians(22.5 + 45 * np.arange(8))
    for radius, colour in ((10.0, "#ffffff"), (8.6, "#D1495B")):
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        corners = [at + QPointF(radius * x, radius * y) for x, y in zip(np.cos(turn), np.sin(turn), strict=True)]
        painter.drawPolygon(QPolygonF(corners))
    painter.setPen(QPen(QColor("#ffffff"), 2.4, c=Qt.PenCapStyle.RoundCap))
    painter.drawLine(at - QPointF(3.6, 0), at + QPointF(3.6, 0))


def _paint_start(painter: QPainter, at: QPointF) -> None:
    painter.setPen(QPen(QColor("#ffffff"), 2.0))
    painter.setBrush(theme.colour("accent"))
    painter.drawEllipse(at, 7.0, 7.0)


def _paint_secret(painter: QPainter, at: QPointF) -> None:
    """A padlock: it must not leave."""
    painter.setPen(QPen(theme.colour("warning"), 1.6))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawArc(QRectF(at.x() - 3.0, at.y() - 7.5, 6.0, 8.0), 0, 180 * 16)
    painter.setPen(QPen(theme.colour("halo"), 1.0))
    painter.setBrush(theme.colour("warning"))
    painter.drawRoundedRect(QRectF(at.x() - 4.5, at.y() - 3.5, 9.0, 7.5), 1.5, 1.5)


_SIGNS = {"secret": _paint_secret, "barrier": _paint_barrier, "start": _paint_start}
