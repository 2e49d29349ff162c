"""Icons of one family and one stroke: Phosphor, regular weight, in the colours of whatever theme is shown."""

from __future__ import annotations

import logging
from functools import cache

import qtawesome
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap

from pipemap.gui import theme

_FAMILY = "ph"
log = logging.getLogger(__name__)


def icon(name: str, *, tint: str = "text_2", active: str = "text", on: str = "accent") -> QIcon:
    """An icon by its Phosphor name (``folder-open``); it follows the theme by itself.

    Parameters
    ----------
    name
        As Phosphor 1.3 names it; one that it lacks becomes a circle, and a warning in the log.
    tint, active, on
        Colours (:data:`pipemap.gui.theme.TOKENS`) at rest, under the pointer, and while pressed in.
    """
    return QIcon(_Engine(_character(name), tint, active, on))


@cache
def _character(name: str) -> str:
    try:
        character: str = qtawesome.charmap(f"{_FAMILY}.{name}")
    except KeyError:
        log.warning("The icon font has no icon %r", name)
        character = qtawesome.charmap(f"{_FAMILY}.circle")
    return character


class _Engine(QIconEngine):
    """Draws one character of the icon font in a colour looked up while drawing."""

    def __init__(self, character: str, token: str, active: str, on: str) -> None:
        super().__init__()
        self._character = character
        self._tokens = (token, active, on)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        painter.save()
        painter.setFont(qtawesome.font(_FAMILY, rect.height()))
        painter.setPen(theme.colour(self._token(mode, state)))
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), self._character)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        if size.isEmpty():
            return QPixmap()
        made = QPixmap(size)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return made

    def _token(self, mode: QIcon.Mode, state: QIcon.State) -> str:
        token, active, on = self._tokens
        if mode == QIcon.Mode.Disabled:
            return "text_off"
        if state == QIcon.State.On:
            return on
        return token if mode == QIcon.Mode.Normal else active
