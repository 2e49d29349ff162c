"""What a map at rest does by itself: it shows more as soon as more is made, and in the end smooths its edges."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from pipemap.gui.map_drawing import image_of

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from pipemap.gui.map_view import MapView

SMOOTH_AFTER_MS = 250
"""How long a complete picture stands before its edges are smoothed, where that was too much for one frame."""

LOOK_AGAIN_MS = 12
"""How long to wait for more to show while meshes are being made; at least as long as the last frame took, so that they are."""

SHOW_EVERY = 0.2
"""Seconds after which some of what was made is shown although more is coming: each frame takes time from what makes it."""


class Sharpening(QObject):
    """Asks one map for frames until there is nothing to add."""

    def __init__(self, view: MapView) -> None:
        super().__init__(view)
        self._view = view
        self._is_smoothing = False
        self._picture: QImage | None = None
        self._drawn = 0.0
        self._more = QTimer(self, singleShot=True, interval=LOOK_AGAIN_MS)
        self._more.timeout.connect(self._look_again)
        self._rest = QTimer(self, singleShot=True, interval=SMOOTH_AFTER_MS)
        self._rest.timeout.connect(self._smooth)

    def go_on(self) -> None:
        """After a frame: draw again when there is more to show than it did."""
        scene, self._drawn = self._view.scene, perf_counter()
        if self._view.is_closed or not self._view.isVisible():
            return
        if scene.is_complete:
            if self._view.drawn is not None:  # else another drawing is on its way
                self._rest.start()
        else:
            self._more.start(max(LOOK_AGAIN_MS, int(self._view.frame_seconds * 1000)))

    def _look_again(self) -> None:
        if self._view.is_closed or not self._view.isVisible():
            return
        scene = self._view.scene
        if scene.has_all or (scene.has_more and perf_counter() - self._drawn > SHOW_EVERY):
            self._view.next_frame()
        else:
            self._more.start(LOOK_AGAIN_MS)

    def begin_anew(self) -> None:
        """Another picture is wanted."""
        self._is_smoothing = False

    def smooth_picture(self) -> QImage | None:
        """Return what to show instead of a new frame: the picture that stands, each time a little smoother until it is smooth."""
        if not self._is_smoothing:
            return None
        if self._view.scene.is_rough:
            self._picture = image_of(self._view.scene.smooth())
            QTimer.singleShot(0, self, self._smooth)
        return self._picture

    def stop(self) -> None:
        """Ask for nothing more."""
        self._more.stop()
        self._rest.stop()

    def _smooth(self) -> None:
        view = self._view
        if not view.is_closed and view.isVisible() and view.scene.is_rough and view.eye.is_still:
            self._is_smoothing = True
            view.repaint_map()
