"""Little squares in a category's colour."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap

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


def category_icon(code: str, *, dark: bool) -> QIcon:
    """The same square as an icon, which keeps its colour in a selected row."""
    return _icon(catalog.colour_of(code, dark=dark))


@cache
def _icon(colour: str) -> QIcon:
    made = QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected, QIcon.Mode.Active):
        made.addPixmap(swatch(colour), mode)
    return made
