"""The bar that says how far a task is; where that is not known, a stretch of it wanders, two steps a second.

Qt's own wanders at 30 steps a second, and each of them lays the whole window together anew, the map included: without a
graphics card that took as long as the work whose end was being waited for.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QProgressBar

from pipemap.gui.theme import colour

STEP_MS = 500
"""Milliseconds between two steps of a task whose end is not known."""

STEPS = 6
"""Steps from one end of the bar to the other."""

FULL = 1000
ROUND = 3.0


class TaskBar(QProgressBar):
    """Shows a share done, or that it is not known."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextVisible(False)
        self.setRange(0, FULL)
        self._step, self._is_known = 0, True
        self._beat = QTimer(self, interval=STEP_MS)
        self._beat.timeout.connect(self._wander)

    def show_share(self, share: float | None) -> None:
        """Show how much is done, from 0 to 1; ``None``: nobody knows."""
        if (share is not None) != self._is_known:
            self._is_known = share is not None
            self.update()
        self.setValue(int((share or 0.0) * FULL))
        self._run()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the wandering stretch where Qt would draw one that never rests."""
        if self._is_known:
            super().paintEvent(event)
            return
        painter, wide = QPainter(self), self.width() / STEPS
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour("pressed"))
        painter.drawRoundedRect(QRectF(self.rect()), ROUND, ROUND)
        painter.setBrush(colour("accent"))
        painter.drawRoundedRect(QRectF(self._step * wide, 0, wide, self.height()), ROUND, ROUND)

    def showEvent(self, event: QShowEvent) -> None:
        """Wander while it is seen."""
        super().showEvent(event)
        self._run()

    def hideEvent(self, event: QHideEvent) -> None:
        """Rest while it is not."""
        super().hideEvent(event)
        self._run()

    def _run(self) -> None:
        wanders = self.isVisible() and not self._is_known
        if wanders != self._beat.isActive():
            if wanders:
                self._beat.start()
            else:
                self._beat.stop()

    def _wander(self) -> None:
        self._step = (self._step + 1) % STEPS
        self.update()
