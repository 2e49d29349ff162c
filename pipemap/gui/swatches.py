"""Little squares in a category's colour."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from pipemap import catalog


@cache
def swatch(colour: str, size: int = 12) -> QPixmap:
    """A rounded square of one colour, sharp on high-resolution screens."""
    ratio = 2
    made = QPixmap(size * ratio, size * ratio)
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawRoundedRect(QRectF(0.5, 0.5, size - 1, size - 1), 3, 3)
    painter.end()
    return made


def category_swatch(code: str, *, dark: bool) -> QPixmap:
    """The square of a category in the theme's companion colour."""
    return swatch(catalog.colour_of(code, dark=dark))
