"""Where the eye is: flights, drags, and the clock that moves the picture while something in it moves."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QPoint, QTimer

if TYPE_CHECKING:
    from pipemap.gui.map_view import MapView
    from pipemap.gui.session import ViewRequest

FLIGHT_MS, FLOW_MS = 16, 66
"""Time between two frames of a flight, and of running flow arrows."""


class Eye(QObject):
    """Moves the eye of one map.

    Attributes
    ----------
    is_whole
        The view shows everything, and still shall when the map changes its size.
    """

    def __init__(self, view: MapView) -> None:
        super().__init__(view)
        self._view = view
        self.is_whole = True
        self._moving = self._flying = False
        self._clock = QTimer(self)
        self._clock.timeout.connect(self._tick)
        self._ticked = 0.0

    @property
    def is_still(self) -> bool:
        """Neither a hand nor a flight moves it."""
        return not (self._moving or self._flying)

    def look_where(self, request: ViewRequest) -> None:
        """Look at what someone asks for."""
        view, session = self._view, self._view.session
        if view.drawn is None:
            return
        self.is_whole = request.what == "survey"
        animate = view.isVisible()
        result: Any = session.result
        if request.what == "element" and request.element is not None:
            view.scene.fly_to(request.element.layer, request.element.row, animate=animate)
        elif request.what == "selection" and len(session.selection):
            view.scene.fit(session.selection.nodes, session.selection.pipes, animate=animate)
        elif request.what == "result" and result is not None:
            view.scene.fit(result.node_rows, result.pipe_rows, animate=animate)
        else:
            view.scene.fit(animate=animate)
        self._flying = animate
        view.scene.set_moving(animate)
        self.run_clock()
        view.redraw()

    def orbit(self, across: float, down: float) -> None:
        """Turn by pixels of a drag."""
        self._move()
        self._view.scene.orbit(across, down)

    def pan(self, across: float, down: float) -> None:
        """Move the town by pixels."""
        self._move()
        self._view.scene.pan(across, down)

    def zoom(self, factor: float, at: QPoint) -> None:
        """Come nearer to what lies at a pixel, or go away from it."""
        self._move()
        self._view.scene.zoom(factor, (at.x(), at.y()))

    def _move(self) -> None:
        self._moving = True
        self.is_whole = self._flying = False
        self._view.scene.set_moving(True)
        self._view.redraw()

    def come_to_rest(self) -> None:
        """The eye has come to rest: draw it fine."""
        if not self._view.is_closed:
            self._moving = False
            self._view.scene.set_moving(False)
            self._view.redraw()

    def run_clock(self) -> None:
        """Let what moves go on: a flight, and the arrows of a result."""
        session = self._view.session
        result = session.result is not None and "arrows" not in session.look.hidden_parts
        if (self._flying or result) and self._view.isVisible() and not self._clock.isActive():
            self._ticked = perf_counter()
            self._clock.start(FLIGHT_MS if self._flying else FLOW_MS)

    def _tick(self) -> None:
        view, now = self._view, perf_counter()
        passed, self._ticked = min(now - self._ticked, 0.1), now
        moves = view.scene.animate(passed)
        if self._flying and not view.scene.is_flying:
            self._flying = False
            self.come_to_rest()
        if not moves or not view.isVisible():
            self._clock.stop()
        else:
            least = FLIGHT_MS if self._flying else max(FLOW_MS, 3000 * view.frame_seconds)
            self._clock.setInterval(int(least))
        view.next_frame()

    def rest(self) -> None:
        """Nothing moves unseen."""
        self._clock.stop()
        self._flying = self._moving = False
