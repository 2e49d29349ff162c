"""Pictures that leave the window: the whole of it, or of a survey with secrets the map alone, drawn anew without them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter, QPixmap
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from PySide6.QtWidgets import QApplication, QDialog

from pipemap.gui import theme

if TYPE_CHECKING:
    from pipemap.gui.window import MainWindow

MOST_DRAWN_ANEW = 100_000
"""Pipes up to which a thumbnail is drawn anew; of a larger survey with secrets none is kept, or closing would take long."""


def withheld(window: MainWindow) -> int:
    """Return how many elements of the open survey must not be in a picture."""
    network = window.session.network
    return network.release.withheld if network is not None else 0


def window_picture(window: MainWindow, *, dialogs: bool = False) -> QPixmap:
    """The window as it is seen; where the survey holds what must not leave, the map without it, and nothing else.

    Tables, forms and results tell of secret elements too, so that they are not in such a picture.

    Parameters
    ----------
    dialogs
        With the dialogs that stand over it, each in the middle.
    """
    if withheld(window):
        return _map_without_secrets(window)
    picture = window.grab()
    if dialogs:
        painter = QPainter(picture)
        for other in QApplication.topLevelWidgets():
            if isinstance(other, QDialog) and other.isVisible() and other.parent() is window:
                place = window.rect().center() - other.rect().center()
                painter.drawPixmap(place, other.grab())
                painter.setPen(theme.colour("line_strong"))
                painter.drawRect(QRect(place, other.size()).adjusted(-1, -1, 0, 0))
        painter.end()
    return picture


def thumbnail(window: MainWindow) -> QPixmap | None:
    """What the map shows, as the start page keeps it; None where nothing may be kept."""
    if withheld(window):
        network = window.session.network
        small = network is not None and network.pipe_count <= MOST_DRAWN_ANEW and network.release.nodes.any()
        return _map_without_secrets(window) if small else None
    canvas = window.map.findChild(QOpenGLWidget)
    return QPixmap.fromImage(canvas.grabFramebuffer()) if canvas is not None else window.map.grab()


def _map_without_secrets(window: MainWindow) -> QPixmap:
    from pipemap.gui.map_view import MapView

    view = window.map
    if not isinstance(view, MapView):
        return QPixmap()
    view.scene.set_legend_visible(True)
    try:
        pixels = view.scene.image(max(view.width(), 1), max(view.height(), 1))
    finally:
        view.scene.set_legend_visible(False)
    height, width, _bands = pixels.shape
    content = pixels.tobytes()  # Qt does not keep it
    return QPixmap.fromImage(QImage(content, width, height, 3 * width, QImage.Format.Format_RGB888).copy())
